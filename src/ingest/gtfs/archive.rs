//! The files of a feed: in a zip, in a folder of it, or in a folder on the disk, in any case of letters. What a file may unpack to is
//! bounded, and none is held whole.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

/// The largest file of a feed, unpacked: the `stop_times.txt` of a whole country has 2 GiB.
const LARGEST: u64 = 4 << 30;
/// No table packs better than one in so many: beyond it (and a first megabyte) it is a bomb.
const PACKING: u64 = 100;
const FIRST: u64 = 1 << 20;

/// Where the files of a feed are.
pub struct Archive {
    place: PathBuf,
    /// By name in lower case: `stops.txt`.
    files: BTreeMap<String, Part>,
}

enum Part {
    File(PathBuf),
    Entry(usize),
}

impl Archive {
    /// Looks for the files of a feed. The error says what is there instead.
    pub fn open(path: &Path) -> Result<Self, String> {
        let named = if path.is_dir() { in_folder(path) } else { in_zip(path) };
        let named = named.map_err(|error| error.to_string())?;
        let mut folders: BTreeMap<String, BTreeMap<String, Part>> = BTreeMap::new();
        let mut others: Vec<String> = Vec::new();
        for (name, part) in named {
            let (folder, file) = name.rsplit_once(['/', '\\']).unwrap_or(("", &name));
            // What a Mac leaves in a zip.
            if folder.contains("__MACOSX") || file.starts_with('.') || file.is_empty() {
                continue;
            }
            let lower = file.to_lowercase();
            if Path::new(&lower).extension().is_some_and(|extension| extension == "txt") {
                folders.entry(folder.to_owned()).or_default().entry(lower).or_insert(part);
            } else {
                others.push(name);
            }
        }
        let feeds: Vec<String> =
            folders.iter().filter(|(_, files)| is_feed(files)).map(|(name, _)| name.clone()).collect();
        match feeds.as_slice() {
            [one] => {
                let files = folders.remove(one).unwrap_or_default();
                Ok(Self { place: path.to_owned(), files })
            }
            [] => Err(nothing(&folders, &others)),
            several => Err(format!(
                "it holds several feeds, in the folders {}; take them out and import one after another, each into layers of its own",
                several.join(", ")
            )),
        }
    }

    /// The names of its files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether there is such a file.
    pub fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// Reads a file from its start. A zip's entries borrow from it, so that the reading is done within.
    pub fn read<T>(&self, name: &str, read: impl FnOnce(Box<dyn Read + '_>) -> T) -> io::Result<Option<T>> {
        match self.files.get(name) {
            None => Ok(None),
            Some(Part::File(path)) => {
                let file = BufReader::new(File::open(path)?);
                Ok(Some(read(Box::new(Bounded { inner: file, left: LARGEST, most: LARGEST }))))
            }
            Some(Part::Entry(index)) => {
                let mut zip = ZipArchive::new(BufReader::new(File::open(&self.place)?)).map_err(io::Error::other)?;
                let entry = zip.by_index(*index).map_err(io::Error::other)?;
                let most = entry.compressed_size().saturating_mul(PACKING).saturating_add(FIRST).min(LARGEST);
                Ok(Some(read(Box::new(Bounded { inner: BufReader::new(entry), left: most, most }))))
            }
        }
    }
}

fn is_feed(files: &BTreeMap<String, Part>) -> bool {
    ["stops.txt", "routes.txt", "trips.txt", "stop_times.txt"].iter().any(|name| files.contains_key(*name))
}

fn nothing(folders: &BTreeMap<String, BTreeMap<String, Part>>, others: &[String]) -> String {
    if let Some(inner) = others.iter().find(|name| name.to_lowercase().ends_with(".zip")) {
        return format!("it is no feed, and holds another zip, {inner}: unpack it and import that one");
    }
    let there: Vec<&str> =
        folders.values().flat_map(BTreeMap::keys).chain(others).map(String::as_str).take(6).collect();
    let there = if there.is_empty() { "nothing".to_owned() } else { there.join(", ") };
    format!("it is no GTFS feed: it has no stops.txt, routes.txt, trips.txt and stop_times.txt, but {there}")
}

fn in_folder(path: &Path) -> io::Result<Vec<(String, Part)>> {
    let entries = path.read_dir()?.map(|entry| {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok((name, Part::File(path)))
    });
    entries.collect()
}

fn in_zip(path: &Path) -> io::Result<Vec<(String, Part)>> {
    let zip = ZipArchive::new(BufReader::new(File::open(path)?));
    let zip = zip.map_err(|error| io::Error::other(format!("it is no zip that can be read: {error}")))?;
    let names =
        (0..zip.len()).map(|index| (zip.name_for_index(index).unwrap_or_default().to_owned(), Part::Entry(index)));
    Ok(names.collect())
}

/// Ends with an error behind so many bytes.
struct Bounded<R> {
    inner: R,
    left: u64,
    most: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            let reason = format!("it unpacks to more than {} bytes, which no table of its packed size does", self.most);
            io::Error::new(io::ErrorKind::InvalidData, reason)
        })?;
        Ok(count)
    }
}
