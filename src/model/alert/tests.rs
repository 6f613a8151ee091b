//! What people do about an alert, and what time does.

use super::*;

fn title(text: &str) -> Title {
    Title { vi: text.to_owned(), en: text.to_owned() }
}

fn moment(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + minute * 60, 0).expect("a moment")
}

fn alert() -> Alert {
    let task = |n: usize, minutes: i64| Task {
        n,
        title: title("call"),
        who: title("watch"),
        due: moment(minutes),
        late: false,
        escalate: (n == 2).then(|| title("chief")),
        done: None,
    };
    Alert {
        id: "full-1".to_owned(),
        rule: "full".to_owned(),
        title: title("full"),
        headline: title("full: A"),
        severity: Severity::Minor,
        urgency: Urgency::default(),
        certainty: Certainty::default(),
        category: Category::Transport,
        status: Status::Raised,
        layer: "parking".to_owned(),
        feature: "A".to_owned(),
        fence: None,
        property: None,
        value: None,
        unit: None,
        place: [105.0, 19.0],
        count: 1,
        raised_at: moment(0),
        changed_at: moment(0),
        expires_at: None,
        agency: title("office"),
        assigned_to: None,
        steps: vec![task(1, 5), task(2, 10)],
        webhooks: Vec::new(),
        trail: Vec::new(),
    }
}

#[test]
fn deeds_go_one_way_and_stand_in_the_trail() {
    let mut alert = alert();
    assert_eq!(alert.act(&Deed::Acknowledge, "Lan", Some("seen"), moment(1)), Ok(Action::Acknowledged));
    let again = alert.act(&Deed::Acknowledge, "Minh", None, moment(2));
    assert_eq!(again, Err(DeedError::Done { by: "Lan".to_owned(), at: moment(1) }));
    assert_eq!(alert.act(&Deed::Tick(1), "Lan", None, moment(2)), Ok(Action::Step));
    assert_eq!(alert.act(&Deed::Tick(3), "Lan", None, moment(2)), Err(DeedError::NoStep { n: 3, of: 2 }));
    assert!(alert.act(&Deed::Tick(1), "Lan", None, moment(3)).is_err(), "a step is done once");
    assert_eq!(alert.act(&Deed::Assign("Hà".to_owned()), "Lan", None, moment(3)), Ok(Action::Assigned));
    assert_eq!(alert.act(&Deed::Resolve, "Hà", None, moment(4)), Ok(Action::Resolved));
    assert_eq!(alert.act(&Deed::Tick(2), "Hà", None, moment(5)), Err(DeedError::Over("resolved")));
    let trail: Vec<_> = alert.trail.iter().map(|entry| (entry.action, entry.by.as_deref())).collect();
    let expected = [
        (Action::Acknowledged, Some("Lan")),
        (Action::Step, Some("Lan")),
        (Action::Assigned, Some("Lan")),
        (Action::Resolved, Some("Hà")),
    ];
    assert_eq!(trail, expected);
    assert_eq!((alert.status, alert.changed_at), (Status::Resolved, moment(4)));
}

#[test]
fn what_happens_again_is_told_and_the_trail_does_not_grow_for_ever() {
    let mut alert = alert();
    alert.note(Action::Raised, None, None, moment(0));
    let mut editions = vec![alert.edition()];
    for minute in 1..=300 {
        let told = alert.repeat(Some(1.5), moment(minute));
        assert_eq!(told.is_some(), minute <= 100, "{minute}");
        editions.push(alert.edition());
    }
    assert_eq!(alert.act(&Deed::Acknowledge, "Lan", None, moment(301)), Ok(Action::Acknowledged));
    editions.push(alert.edition());
    assert_eq!(editions, (1..=302).collect::<Vec<_>>());
    assert_eq!((alert.count, alert.trail.len(), alert.value), (301, 102, Some(1.5)));
    let last = &alert.trail[100];
    assert_eq!((last.action, last.at, last.note.as_deref()), (Action::Repeated, moment(100), Some("1.5")));
    alert.repeat(None, moment(7));
    assert_eq!((alert.value, alert.changed_at), (Some(1.5), moment(301)), "told late: no step back");
}

#[test]
fn late_steps_are_told_once() {
    let mut alert = alert();
    assert_eq!(alert.next_due(), Some(moment(5)));
    assert_eq!(alert.escalate(moment(4)), 0);
    assert_eq!(alert.escalate(moment(5)), 1);
    assert_eq!(alert.escalate(moment(6)), 0, "once");
    assert_eq!(alert.assigned_to, None, "nobody is named for the first step");
    assert_eq!(alert.escalate(moment(11)), 1);
    assert_eq!(alert.assigned_to.as_deref(), Some("chief"));
    assert_eq!(alert.next_due(), None);
}

#[test]
fn a_late_step_passes_an_alert_on_unless_a_person_has_given_it_to_somebody() {
    // When it is given to Lan; who has it after the first step is late, and after the second.
    for (given, expected) in [(1, ["Lan", "Lan"]), (7, ["head", "Lan"]), (11, ["head", "chief"])] {
        let (mut alert, mut has) = (alert(), Vec::new());
        alert.steps[0].escalate = Some(title("head"));
        for minute in 0..=20 {
            if minute == given {
                alert.act(&Deed::Assign("Lan".to_owned()), "Minh", None, moment(minute)).expect("it is open");
            }
            has.extend((alert.escalate(moment(minute)) > 0).then(|| alert.assigned_to.clone()).flatten());
        }
        assert_eq!((has, alert.trail.len()), (expected.map(str::to_owned).to_vec(), 3), "{given}");
    }
}
