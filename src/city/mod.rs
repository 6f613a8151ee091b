//! The city: the one door through which it changes and the one through which it is read.

mod alerts;
mod readings;
mod rules;
mod timetables;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, Utc};
use parking_lot::RwLock;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, watch};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

pub use self::alerts::Outgoing;
use self::readings::Waiting;
use self::rules::RuleBook;
use self::timetables::Timetables;
use crate::geo::{BBox, Window};
use crate::index::{Atlas, LayerIndex};
use crate::live::{Board, News, Reading};
use crate::model::{Change, FeatureId, Indications, Layer, LayerId, Observation, Observations, Revision, Touch};
use crate::rules::{Draft, Engine};
use crate::store::{Foreign, Span, Store, StoreError};

/// The features of some layers, kept in a store and found in an atlas.
pub struct City {
    store: Arc<dyn Store>,
    atlas: Arc<Atlas>,
    layers: Vec<Arc<Layer>>,
    /// Held from a change's way into the store until it is in the atlas, so that both see changes in one order.
    writing: Mutex<()>,
    /// Readings that the next commit of readings takes along.
    waiting: parking_lot::Mutex<Waiting>,
    board: Arc<Board>,
    /// Written inside the door only.
    rules: Arc<RwLock<Engine>>,
    book: parking_lot::Mutex<RuleBook>,
    /// Whether it did what only one of many may do, when that was asked last.
    led: AtomicBool,
    /// Rings when a message is to be delivered.
    outgoing: watch::Sender<()>,
    timetables: Timetables,
    /// What others did and is not taken in yet: the store tells it once.
    untold: parking_lot::Mutex<VecDeque<Foreign>>,
    /// Where the city was opened.
    runtime: Handle,
}

/// Why a city could not be opened or changed.
#[derive(Debug, thiserror::Error)]
pub enum CityError {
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The change names a layer that was not opened.
    #[error("layer `{0}` is not open")]
    UnknownLayer(LayerId),
    /// A commit of readings ended without a word.
    #[error("it is not known whether the readings were kept: send them again, twice does no harm")]
    Unanswered,
    /// An index could not be built.
    #[error("the index could not be built: {0}")]
    Index(#[from] JoinError),
}

impl CityError {
    /// Whether another node was faster: hear what it did, and judge again.
    fn is_overtaken(&self) -> bool {
        matches!(self, Self::Store(StoreError::Overtaken { .. }))
    }
}

/// What a commit did.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Its number.
    pub revision: Revision,
    /// By layer, the tiles that look different now: old places and new. Whatever meets none of them looks as before, until
    /// the background thins the layer anew.
    pub touched: Vec<(LayerId, Vec<Touch>)>,
}

/// Hears how a long load goes: the layer and the rows read so far.
pub type LoadProgress<'a> = &'a (dyn Fn(&Layer, u64) + Send + Sync);

impl City {
    /// Opens `store` for all of `layers` and loads those that `wanted` picks; the others stay empty in the atlas
    /// and must not be changed.
    pub async fn open(
        store: Arc<dyn Store>,
        layers: &[Arc<Layer>],
        wanted: impl Fn(&LayerId) -> bool,
        progress: LoadProgress<'_>,
    ) -> Result<Self, CityError> {
        store.prepare(layers).await?;
        let layers: Vec<Arc<Layer>> = layers.iter().filter(|layer| wanted(&layer.id)).cloned().collect();
        let atlas = Arc::new(Atlas::new(layers.iter().cloned()));
        let mut city = Self {
            store,
            atlas,
            layers,
            writing: Mutex::new(()),
            waiting: parking_lot::Mutex::default(),
            board: Board::start(Revision::default()),
            rules: Arc::default(),
            book: parking_lot::Mutex::default(),
            led: AtomicBool::new(true),
            outgoing: watch::Sender::default(),
            timetables: Timetables::default(),
            untold: parking_lot::Mutex::default(),
            runtime: Handle::current(),
        };
        for layer in &city.layers {
            let (index, revision) = city.read(layer, &|rows| progress(layer, rows)).await?;
            city.atlas.load(index, revision);
            city.read_timetable(&layer.id).await?;
            if layer.is_observed() {
                let kept_since = layer.kept_since(Utc::now());
                let mut newest = city.store.newest(&layer.id, None).await?;
                newest.retain(|reading| kept_since.is_none_or(|since| reading.time >= since));
                city.atlas.observe(&Observations::new(Arc::clone(layer), newest), revision);
            }
        }
        let (indications, revision) = city.store.indications().await?;
        city.atlas.load_indicators(&indications, revision);
        city.board = Board::start(city.atlas.version().revision);
        Ok(city)
    }

    async fn read(
        &self,
        layer: &Arc<Layer>,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<(LayerIndex, Revision), CityError> {
        let (rows, revision) = self.store.load(layer, progress).await?;
        let searched = self.atlas.is_searched(&layer.id);
        Ok((spawn_blocking(move || with_names(LayerIndex::new(&rows), searched)).await?, revision))
    }

    /// The read door: where everything is, as of the last commit.
    #[must_use]
    pub fn atlas(&self) -> &Arc<Atlas> {
        &self.atlas
    }

    /// What happens, for those who listen.
    #[must_use]
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// The readings of one feature, by time.
    pub async fn observations(
        &self,
        layer: &LayerId,
        feature: &FeatureId,
        span: Span,
    ) -> Result<Vec<Observation>, CityError> {
        Ok(self.store.observations(layer, feature, span).await?)
    }

    /// The newest value of each property and the newest place of each feature of a layer at a moment, see [`Store::newest`].
    pub async fn newest_at(&self, layer: &LayerId, at: DateTime<Utc>) -> Result<Vec<Observation>, CityError> {
        Ok(self.store.newest(layer, Some(at)).await?)
    }

    /// The layers that are open.
    #[must_use]
    pub fn layers(&self) -> &[Arc<Layer>] {
        &self.layers
    }

    /// Brings work that takes the write door to its end, whoever waits for it: in the runtime in which the city was opened, since the
    /// threads of whoever asks may be busy with long readings, and everybody else waits behind the door.
    pub fn task<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.runtime.spawn(work)
    }

    /// The write door. When it returns, all of `changes` are durable and the next reader sees them; or, with an error, none of
    /// them is. Once begun it must come to its end: who may be dropped in the midst of it lets a task of its own wait for it.
    pub async fn commit(&self, changes: Vec<Change>) -> Result<Committed, CityError> {
        let _writing = self.writing.lock().await;
        self.write(changes).await
    }

    /// The same for changes that depend on what is there: `judge` sees the present and says what to change, or why not, and nobody
    /// else writes in between.
    pub async fn commit_when<T, E>(
        &self,
        judge: impl FnOnce(&Atlas) -> Result<(Vec<Change>, T), E> + Send + 'static,
    ) -> Result<Result<T, E>, CityError>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let _writing = self.writing.lock().await;
        let atlas = Arc::clone(&self.atlas);
        match spawn_blocking(move || judge(&atlas)).await? {
            Ok((changes, judged)) => {
                self.write(changes).await?;
                Ok(Ok(judged))
            }
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// To be called inside the door.
    async fn write(&self, changes: Vec<Change>) -> Result<Committed, CityError> {
        if let Some(stranger) = changes.iter().find(|change| self.atlas.layer(change.layer()).is_none()) {
            return Err(CityError::UnknownLayer(stranger.layer().clone()));
        }
        self.judge_and_keep(changes).await
    }

    /// Keeps changes and what follows from them, and then takes both in. To be called inside the door.
    async fn keep_judged(&self, changes: Vec<Change>, draft: Option<Draft>) -> Result<Committed, CityError> {
        let revision = self.store.commit(&changes).await?;
        let alerts = draft.map(|draft| self.learn_draft(draft)).unwrap_or_default();
        let touched = self.learn(readings::put(&self.atlas, changes), revision, alerts).await?;
        self.compact();
        Ok(Committed { revision, touched })
    }

    /// Brings the atlas up to a commit and tells of it, and of alerts that came of it.
    async fn learn(
        &self,
        changes: Vec<Change>,
        revision: Revision,
        alerts: Vec<News>,
    ) -> Result<Vec<(LayerId, Vec<Touch>)>, CityError> {
        self.timetables.learn(&changes);
        let atlas = Arc::clone(&self.atlas);
        let (touched, mut news) = spawn_blocking(move || learn(&atlas, &changes, revision)).await?;
        news.extend(alerts);
        self.board.announce(revision, news);
        Ok(touched)
    }

    /// Hears what others do to the store, for as long as the city lives. A store that cannot be asked is asked again;
    /// until then what is in memory is served.
    pub async fn follow(&self) {
        loop {
            if let Err(error) = self.hear().await {
                tracing::warn!(%error, "changes that others make are not seen for now");
            }
            if let Err(error) = self.store.wait().await {
                tracing::error!(%error, "changes that others make are no longer seen; restart to see them");
                return;
            }
        }
    }

    async fn hear(&self) -> Result<(), CityError> {
        // What was done is read inside the door: a commit of our own cannot come between the reading and the learning.
        let _writing = self.writing.lock().await;
        self.hear_inside().await
    }

    /// To be called inside the door. What cannot be taken in now is taken in at the next call.
    async fn hear_inside(&self) -> Result<(), CityError> {
        let heard = self.store.foreign().await?;
        self.untold.lock().extend(heard);
        loop {
            let Some(foreign) = self.untold.lock().pop_front() else { break };
            if let Err(error) = self.take_in(&foreign).await {
                self.untold.lock().push_front(foreign);
                return Err(error);
            }
        }
        self.compact();
        Ok(())
    }

    async fn take_in(&self, foreign: &Foreign) -> Result<(), CityError> {
        match foreign {
            Foreign::Changed(changes, revision) => {
                let alerts = self.hear_alerts(changes).await?;
                let changes = self.overhear(changes.clone(), &alerts).await?;
                self.learn(changes, *revision, alerts.into_iter().map(News::Alert).collect()).await?;
            }
            Foreign::Indicated(all, revision) => self.learn_all_indicators(all, *revision),
            Foreign::Reload(id) => {
                let Some(layer) = self.layers.iter().find(|layer| layer.id == *id) else { return Ok(()) };
                let (index, revision) = self.read(layer, &|_| ()).await?;
                self.read_timetable(id).await?;
                let newest = self.store.newest(id, None).await?;
                self.atlas.replace(index, revision);
                self.atlas.observe(&Observations::new(Arc::clone(layer), newest), revision);
                self.rules_of_reloaded(id).await?;
                self.board.announce(revision, vec![News::Tiles { layer: id.clone(), touches: everywhere() }]);
            }
        }
        Ok(())
    }

    fn learn_all_indicators(&self, all: &[Indications], revision: Revision) {
        self.atlas.replace_indicators(all, revision);
        let told = |own: &Indications| News::Tiles { layer: own.layer().clone(), touches: everywhere() };
        self.board.announce(revision, all.iter().map(told).collect());
    }

    /// Merges what edits left in pieces, in the background; readers and writers go on meanwhile.
    fn compact(&self) {
        for id in self.atlas.wanting_compaction() {
            let Some(start) = self.atlas.start_compaction(&id) else { continue };
            let atlas = Arc::clone(&self.atlas);
            spawn_blocking(move || {
                let (compacted, moved) = start.compacted();
                atlas.finish_compaction(&compacted, moved);
            });
        }
    }

    /// Writes what is still in memory and lets go of the store.
    pub async fn close(&self) -> Result<(), CityError> {
        let _writing = self.writing.lock().await;
        Ok(self.store.close().await?)
    }
}

/// A new index, with its names where somebody searches the old one: who goes on does not wait for them.
fn with_names(index: LayerIndex, searched: bool) -> LayerIndex {
    if searched {
        index.make_names();
    }
    index
}

fn everywhere() -> Vec<Touch> {
    vec![Touch::from(Window::WORLD, 0)]
}

/// Brings the atlas up to a commit, layer by layer. Returns where tiles look different, and what there is to tell.
fn learn(atlas: &Atlas, changes: &[Change], revision: Revision) -> (Vec<(LayerId, Vec<Touch>)>, Vec<News>) {
    let in_atlas = |change: &&Change| !matches!(change, Change::Document(_) | Change::Timetable(_));
    let mut layers: Vec<&LayerId> = changes.iter().filter(in_atlas).map(Change::layer).collect();
    layers.sort_unstable();
    layers.dedup();
    let (mut touched, mut news) = (Vec::new(), Vec::new());
    for id in layers {
        let own = changes.iter().filter(in_atlas).filter(|change| change.layer() == id).cloned();
        let told = |change: &Change| matches!(change, Change::Observe(_) | Change::Indicate(_));
        let (readings, own): (Vec<Change>, Vec<Change>) = own.partition(told);
        if !own.is_empty() {
            let windows = learn_features(atlas, id, &own, revision, &mut news);
            news.push(News::Tiles { layer: id.clone(), touches: windows.clone() });
            touched.push((id.clone(), windows));
        }
        for reading in readings {
            match reading {
                Change::Observe(observations) => {
                    let readings = learn_readings(atlas, &observations, revision, &moves(&news, id));
                    news.extend(readings);
                }
                Change::Indicate(indications) => {
                    atlas.indicate(&indications, revision);
                    // A map may show them on its tiles.
                    news.push(News::Tiles { layer: id.clone(), touches: everywhere() });
                }
                _ => {}
            }
        }
    }
    (touched, news)
}

fn learn_features(atlas: &Atlas, id: &LayerId, own: &[Change], revision: Revision, news: &mut Vec<News>) -> Vec<Touch> {
    let last = own.iter().rposition(|change| matches!(change, Change::Replace(_)));
    if let Some(last) = last
        && let Change::Replace(rows) = &own[last]
    {
        let (index, _) = LayerIndex::new(rows).apply(&own[last + 1..]);
        atlas.replace(with_names(index, atlas.is_searched(id)), revision);
        return everywhere();
    }
    let before = atlas.layer(id);
    let old = |feature: &FeatureId| before.as_ref().and_then(|index| index.bbox(feature.as_str()));
    news.extend(own.iter().filter_map(Change::outcome).map(|(feature, put)| {
        let (layer, feature, bbox) = (id.clone(), feature.clone(), old(feature));
        match put {
            Some(put) => {
                let around = bbox.into_iter().chain([put.geometry.bbox()]).reduce(BBox::union);
                News::Put { layer, feature, bbox: around }
            }
            None => News::Remove { layer, feature, bbox },
        }
    }));
    atlas.apply(id, own, revision)
}

/// Around where features of a layer were and are that a commit has moved.
fn moves(news: &[News], id: &LayerId) -> HashMap<FeatureId, BBox> {
    let moved = |news: &News| match news {
        News::Put { layer, feature, bbox } if layer == id => Some((feature.clone(), (*bbox)?)),
        _ => None,
    };
    news.iter().filter_map(moved).collect()
}

fn learn_readings(
    atlas: &Atlas,
    observations: &Observations,
    revision: Revision,
    moves: &HashMap<FeatureId, BBox>,
) -> Vec<News> {
    let told = |(reading, bbox): (Observation, Option<BBox>)| {
        let bbox = moves.get(&reading.feature).copied().or(bbox);
        News::Observe(Reading {
            layer: observations.layer().id.clone(),
            feature: reading.feature,
            time: reading.time,
            position: reading.position,
            values: reading.values,
            bbox,
        })
    };
    atlas.observe(observations, revision).into_iter().map(told).collect()
}
