//! Where the files of a shapefile are: beside each other in a folder or in a zip, in any case of letters.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::ingest::read::ReadError;
use crate::ingest::source::Format;

/// The largest file within a zip: twice what the 32-bit offsets of a `.shp` can reach is no shapefile.
const ENTRY_LIMIT: u64 = 8 << 30;
/// The largest `.prj` or `.cpg`.
const NOTE_LIMIT: u64 = 64 << 10;

/// One file.
#[derive(Clone, Debug)]
pub(in super::super) enum Part {
    File(PathBuf),
    Entry { zip: PathBuf, index: usize },
}

/// The files of one shapefile.
#[derive(Clone, Debug)]
pub(in super::super) struct Parts {
    pub(in super::super) name: String,
    pub(super) shp: Part,
    others: BTreeMap<String, Part>,
}

impl Parts {
    pub(super) fn part(&self, extension: &str) -> Option<&Part> {
        self.others.get(extension)
    }

    /// The text of a `.prj` or `.cpg`, if it is there and says something.
    pub(super) fn note(&self, extension: &str) -> io::Result<Option<String>> {
        let Some(part) = self.part(extension) else { return Ok(None) };
        let mut bytes = Vec::new();
        part.read(|source| source.take(NOTE_LIMIT).read_to_end(&mut bytes))??;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}').trim_matches(|c: char| c.is_whitespace() || c == '\0');
        Ok(Some(text.to_string()).filter(|text| !text.is_empty()))
    }
}

impl Part {
    /// Reads it from its start to its end. A zip's entries borrow from it, so that the reading is done within.
    pub(super) fn read<T>(&self, read: impl FnOnce(&mut dyn Read) -> T) -> io::Result<T> {
        match self {
            Self::File(path) => Ok(read(&mut BufReader::with_capacity(1 << 18, File::open(path)?))),
            Self::Entry { zip, index } => {
                let mut archive = archive(zip)?;
                let entry = archive.by_index(*index).map_err(zip_error)?;
                Ok(read(&mut BufReader::with_capacity(1 << 18, entry.take(ENTRY_LIMIT))))
            }
        }
    }
}

fn archive(path: &Path) -> io::Result<ZipArchive<BufReader<File>>> {
    ZipArchive::new(BufReader::new(File::open(path)?)).map_err(zip_error)
}

fn zip_error(e: ZipError) -> io::Error {
    match e {
        ZipError::Io(e) => e,
        other => io::Error::new(io::ErrorKind::InvalidData, other),
    }
}

/// The shapefiles of a folder, by name.
pub(in super::super) fn in_folder(folder: &Path) -> Result<Vec<Parts>, ReadError> {
    let at = ReadError::io(folder);
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(&at)? {
        let path = entry.map_err(&at)?.path();
        files.push((path.to_string_lossy().into_owned(), Part::File(path)));
    }
    Ok(grouped(files))
}

/// The shapefiles of a zip, in whatever folders of it.
pub(in super::super) fn in_zip(path: &Path) -> Result<Vec<Parts>, ReadError> {
    let names = zip_names(path)?;
    Ok(grouped(
        names.into_iter().enumerate().map(|(index, name)| (name, Part::Entry { zip: path.into(), index })).collect(),
    ))
}

/// The one that a `.shp` belongs to, whatever the file is called.
pub(in super::super) fn beside(shp: &Path) -> Result<Option<Parts>, ReadError> {
    let folder = shp.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = shp.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let same = |parts: &Parts| matches!(&parts.shp, Part::File(path) if path.file_name() == shp.file_name());
    let all = in_folder(folder)?;
    let exact = all.iter().find(|parts| same(parts));
    Ok(exact.or_else(|| all.iter().find(|parts| parts.name.to_lowercase() == name)).cloned())
}

pub(in super::super) fn zip_names(path: &Path) -> Result<Vec<String>, ReadError> {
    let archive = archive(path).map_err(|e| ReadError::malformed(path, Format::Shapefile, format!("as a zip: {e}")))?;
    Ok((0..archive.len()).map(|index| archive.name_for_index(index).unwrap_or_default().to_string()).collect())
}

/// Files that share their path but for the extension. Without a `.shp` there is no shapefile.
fn grouped(mut files: Vec<(String, Part)>) -> Vec<Parts> {
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let mut groups: BTreeMap<String, (String, BTreeMap<String, Part>)> = BTreeMap::new();
    for (path, part) in files {
        let file = path.rsplit(['/', '\\']).next().unwrap_or(&path);
        // What a Mac leaves in a zip.
        if path.contains("__MACOSX") || file.starts_with('.') {
            continue;
        }
        let Some((stem, extension)) = file.rsplit_once('.') else { continue };
        let key = path.strip_suffix(extension).unwrap_or(&path).to_lowercase();
        let group = groups.entry(key).or_insert_with(|| (stem.to_string(), BTreeMap::new()));
        group.1.entry(extension.to_lowercase()).or_insert(part);
    }
    let whole = |(name, mut others): (String, BTreeMap<String, Part>)| {
        others.remove("shp").map(|shp| Parts { name, shp, others })
    };
    groups.into_values().filter_map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_any_case_and_folder() {
        let names = [
            "data/Wards.SHP",
            "data/wards.dbf",
            "data/Wards.Prj",
            "__MACOSX/data/._Wards.shp",
            "data/roads.shp",
            "data/roads.shp.xml",
            "notes.txt",
            "alone.dbf",
        ];
        let part = |index| Part::Entry { zip: PathBuf::new(), index };
        let parts = grouped(names.iter().enumerate().map(|(index, name)| ((*name).to_string(), part(index))).collect());
        let found: Vec<_> =
            parts.iter().map(|p| (p.name.as_str(), p.others.keys().cloned().collect::<Vec<_>>())).collect();
        assert_eq!(found, [("roads", vec![]), ("Wards", vec!["dbf".to_string(), "prj".to_string()])]);
    }
}
