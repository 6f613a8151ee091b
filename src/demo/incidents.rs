//! What citizens reported: along the streets of the towns, in the three weeks before somebody looks.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use rand::Rng;
use rand::distr::weighted::WeightedIndex;
use rand::prelude::{Distribution, IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::World;
use super::curve::{length, walked};
use super::facts::Ward;
use super::noise::dice;
use super::plane::{Place, moved, point};
use super::sheet::Sheet;
use super::streets::{Street, streets};
use super::territory::Territory;
use crate::model::ValueRef::{DateTime as Moment, Text};
use crate::model::{Layer, Rows};

/// How many there are.
const REPORTS: usize = 480;

/// Metres to the border of a ward: nearer the line that is drawn may be on either side.
const BORDER: f64 = 300.0;

/// Streets that are looked at for one report.
const TRIES: usize = 1_000;

/// Minutes before now in which they came.
const BACK: i64 = 21 * 24 * 60;

/// Hours east of Greenwich of the city's clocks.
const VIET_NAM: i64 = 7;

/// Whose work a report is.
#[derive(Clone, Copy)]
enum Agency {
    Of(&'static str),
    /// The People's Committee of the ward.
    Ward,
}

/// What people report.
struct Service {
    code: &'static str,
    /// How often, beside the others.
    weight: u32,
    /// Hours in which it should be seen to.
    hours: i64,
    agency: Agency,
    descriptions: &'static [&'static str],
    /// What is written when it is done.
    done: &'static str,
}

const CONSTRUCTION: Agency = Agency::Of("Sở Xây dựng");
const POLICE: Agency = Agency::Of("Công an tỉnh");

const SERVICES: [Service; 10] = [
    Service {
        code: "pothole",
        weight: 22,
        hours: 120,
        agency: CONSTRUCTION,
        descriptions: &[
            "Mặt đường có ổ gà sâu, xe máy dễ ngã",
            "Nắp cống bị sụt, nguy hiểm khi trời tối",
            "Đường lún, đọng nước sau mưa",
        ],
        done: "Đã vá mặt đường.",
    },
    Service {
        code: "street_light",
        weight: 14,
        hours: 72,
        agency: CONSTRUCTION,
        descriptions: &[
            "Đèn đường không sáng mấy hôm nay",
            "Đèn nhấp nháy liên tục",
            "Cột đèn nghiêng, dây điện chùng",
        ],
        done: "Đã sửa đèn.",
    },
    Service {
        code: "traffic_signal",
        weight: 6,
        hours: 24,
        agency: POLICE,
        descriptions: &["Đèn tín hiệu không hoạt động", "Biển báo bị cây che khuất", "Vạch sơn qua đường đã mờ"],
        done: "Đã khắc phục.",
    },
    Service {
        code: "waste",
        weight: 20,
        hours: 48,
        agency: Agency::Ward,
        descriptions: &[
            "Rác tập kết không đúng nơi quy định",
            "Thùng rác đầy, bốc mùi",
            "Đổ phế thải xây dựng ra lề đường",
        ],
        done: "Đã thu gom.",
    },
    Service {
        code: "flooding",
        weight: 10,
        hours: 24,
        agency: CONSTRUCTION,
        descriptions: &["Cống tắc, nước tràn lên đường", "Ngập sâu sau mưa lớn, xe không qua được"],
        done: "Đã khơi thông cống.",
    },
    Service {
        code: "water_supply",
        weight: 6,
        hours: 48,
        agency: CONSTRUCTION,
        descriptions: &["Ống nước vỡ, nước chảy ra đường", "Nước yếu, mất nước buổi tối"],
        done: "Đã sửa đường ống.",
    },
    Service {
        code: "pavement",
        weight: 10,
        hours: 72,
        agency: Agency::Ward,
        descriptions: &["Hàng quán chiếm hết vỉa hè", "Xe đỗ kín lối đi bộ"],
        done: "Đã nhắc nhở, trả lại lối đi.",
    },
    Service {
        code: "tree",
        weight: 6,
        hours: 48,
        agency: Agency::Ward,
        descriptions: &["Cành cây gãy vắt ngang dây điện", "Cây đổ chắn một phần đường"],
        done: "Đã cắt dọn.",
    },
    Service {
        code: "noise",
        weight: 4,
        hours: 72,
        agency: Agency::Ward,
        descriptions: &["Loa kéo ồn đến khuya", "Công trình thi công ban đêm"],
        done: "Đã làm việc với chủ cơ sở.",
    },
    Service {
        code: "other",
        weight: 2,
        hours: 120,
        agency: Agency::Ward,
        descriptions: &["Dây cáp viễn thông võng thấp", "Chó thả rông không rọ mõm"],
        done: "Đã xử lý.",
    },
];

/// Reports of citizens as they stand at a moment; `None` where there is no layer `incidents`. Where and what they are is the seed's alone;
/// when they came is told from the moment back.
#[must_use]
pub fn incidents(seed: u64, layers: &[Arc<Layer>], now: DateTime<Utc>) -> Option<Rows> {
    let layer = layers.iter().find(|layer| layer.id.as_str() == "incidents")?;
    let world = World::new(seed, 0.0);
    let streets: Vec<Street> = world.towns.iter().flat_map(|town| streets(town, seed)).collect();
    let (mut what, mut when) = (dice(seed, "incidents"), dice(seed, "incident times"));
    // More people pass in a street of a large town.
    let passing = |street: &Street| length(&street.line) * street.town.radius * street.town.radius;
    let busy = WeightedIndex::new(streets.iter().map(passing)).ok()?;
    let services = WeightedIndex::new(SERVICES.iter().map(|service| service.weight)).ok()?;
    let anywhere = |dice: &mut ChaCha8Rng| Spot::new(&world.territory, &streets[busy.sample(dice)], dice);
    let mut reports: Vec<Report> = (0..REPORTS)
        .filter_map(|_| {
            let spot = (0..TRIES).find_map(|_| anywhere(&mut what))?;
            let service = &SERVICES[services.sample(&mut what)];
            Some(Report::new(spot, service, &mut what, now - awake(&mut when, now)))
        })
        .collect();
    reports.sort_by_key(|report| report.requested);
    let mut sheet = Sheet::new(layer);
    reports.iter().for_each(|report| report.put(&mut sheet, now));
    Some(sheet.finished())
}

/// Where something is reported.
struct Spot<'w> {
    street: &'w str,
    ward: &'w Ward,
    at: Place,
}

impl<'w> Spot<'w> {
    /// A place beside a street; `None` where the border of a ward is near.
    fn new(territory: &'w Territory, street: &'w Street<'w>, dice: &mut impl Rng) -> Option<Self> {
        let along = dice.random_range(0.0..length(&street.line));
        let side = if dice.random_bool(0.5) { 1.0 } else { -1.0 };
        let &(on, heading) = walked(&street.line, along, f64::INFINITY).first()?;
        let at = moved(on, heading, 0.0, side * (street.rank.width() / 2.0 - 1.0));
        let around = [[BORDER, 0.0], [-BORDER, 0.0], [0.0, BORDER], [0.0, -BORDER]];
        let ward = territory.ward_at(at)?;
        let inside = around.iter().all(|by| territory.ward_at([at[0] + by[0], at[1] + by[1]]) == Some(ward));
        inside.then(|| Self { street: street.name, ward: &territory.wards[ward as usize], at })
    }
}

struct Report<'w> {
    spot: Spot<'w>,
    service: &'static Service,
    description: &'static str,
    requested: DateTime<Utc>,
    /// When somebody takes it on, and when it is done.
    taken: DateTime<Utc>,
    done: DateTime<Utc>,
}

impl<'w> Report<'w> {
    fn new(spot: Spot<'w>, service: &'static Service, dice: &mut impl Rng, requested: DateTime<Utc>) -> Self {
        // One in eight takes longer than it should.
        let percent = if dice.random_bool(0.125) { dice.random_range(100..400) } else { dice.random_range(6..100_i64) };
        let minutes = service.hours * 60 * percent / 100;
        Self {
            spot,
            service,
            description: service.descriptions.choose(dice).copied().unwrap_or_default(),
            requested,
            taken: requested + TimeDelta::minutes(minutes / 5),
            done: requested + TimeDelta::minutes(minutes),
        }
    }

    fn put(&self, sheet: &mut Sheet, now: DateTime<Utc>) {
        let Spot { street, ward, at } = &self.spot;
        let of_ward = format!("{} {}", ward.unit_type.to_lowercase(), ward.name);
        let agency = match self.service.agency {
            Agency::Of(agency) => agency.to_owned(),
            Agency::Ward => format!("UBND {of_ward}"),
        };
        let is_done = self.done <= now;
        let updated = if is_done { self.done } else { self.taken.min(now) };
        let address = format!("Đường {street}, {of_ward}");
        let expected = self.requested + TimeDelta::hours(self.service.hours);
        let mut values = vec![
            ("service_code", Text(self.service.code)),
            ("status", Text(if is_done { "closed" } else { "open" })),
            ("description", Text(self.description)),
            ("address", Text(&address)),
            ("ward_code", Text(&ward.code)),
            ("agency_responsible", Text(&agency)),
            ("requested_datetime", Moment(self.requested)),
            ("expected_datetime", Moment(expected)),
            ("updated_datetime", Moment(updated)),
        ];
        values.extend(is_done.then_some(("status_notes", Text(self.service.done))));
        sheet.put(&format!("PA-{:05}", sheet.len() + 1), &point(*at), &values);
    }
}

/// How long before now; most of them by day: one in eight of those of the night stays.
fn awake(dice: &mut impl Rng, now: DateTime<Utc>) -> TimeDelta {
    loop {
        let before = TimeDelta::minutes(dice.random_range(1..BACK));
        let hour = (now - before + TimeDelta::hours(VIET_NAM)).hour();
        if (6..22).contains(&hour) || dice.random_range(0..8_u32) == 0 {
            return before;
        }
    }
}
