//! What strangers send: nothing panics, nothing runs long, nothing but fields is reached.

use std::thread;

use citylayers::index::cql2::{FilterError, MAX_DEPTH, MAX_LENGTH, MAX_LIST, MAX_NODES, parse_json, parse_text};
use citylayers::model::{Audience, Field, Layer};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::expressions::every_type;
use crate::{assert_comes_back, compile};

/// On a stack of the size that a server's threads have, at most.
fn on_a_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        thread::Builder::new()
            .stack_size(1 << 20)
            .spawn_scoped(scope, work)
            .unwrap()
            .join()
            .expect("no overflow, no panic")
    })
}

#[test]
fn whatever_is_nested_is_refused_before_the_stack_ends() {
    let deep = |open: &str, middle: &str, close: &str, times: usize| {
        format!("{}{middle}{}", open.repeat(times), close.repeat(times))
    };
    for times in [MAX_DEPTH + 1, 2_000, 100_000] {
        let texts = [
            deep("(", "a_boolean", ")", times),
            deep("NOT ", "a_boolean", "", times),
            deep("NOT(", "a_boolean", ")", times),
            deep("1+(", "1", ")", times) + " = 1",
            deep("-", "an_integer", "", times) + " = 1",
            deep("", "1", "+1", times) + " = 1",
            deep("", "1", "^1", times) + " = 1",
            deep("CASEI(", "a_text", ")", times) + " = ''",
            deep("f(", "1", ")", times),
            deep("A_EQUALS((", "1", "),())", times),
            deep("a_boolean = (", "true", ")", times),
            deep("a_text IN (", "'a'", ")", times),
            deep("INTERVAL(", "'2025-01-01'", ",'..')", times),
            deep("GEOMETRYCOLLECTION(", "POINT(1 1)", ")", times),
            deep("a_boolean IS NULL AND (", "true", ")", times),
        ];
        let jsons = [
            deep("[", "", "]", times),
            deep(r#"{"op":"not","args":["#, "true", "]}", times),
            deep(r#"{"op":"+","args":[1,"#, "1", "]}", times),
            deep(r#"{"op":"a_equals","args":[[],["#, "1", "]]}", times),
            deep(r#"{"type":"GeometryCollection","geometries":["#, "1", "]}", times),
        ];
        on_a_small_stack(|| {
            for text in &texts {
                assert!(parse_text(text).is_err(), "{times}: {}", text.get(..40).unwrap_or(text));
                assert!(parse_json(text).is_err());
            }
            for json in &jsons {
                assert!(parse_json(json).is_err(), "{times}: {}", json.get(..40).unwrap_or(json));
                assert!(parse_text(json).is_err());
            }
        });
    }
}

#[test]
fn the_deepest_filter_is_read_compiled_and_written_on_a_small_stack() {
    let not = |times: usize| format!("{}a_boolean = true{}", "NOT (".repeat(times), ")".repeat(times));
    // NOT, its parenthesis, the comparison and its operands are levels.
    let deepest = (1..=MAX_DEPTH).rev().find_map(|times| parse_text(&not(times)).ok()).unwrap();
    let sum = format!("{} = 2", vec!["an_integer"; MAX_DEPTH - 1].join(" + "));
    let sum = parse_text(&sum).unwrap();
    on_a_small_stack(|| {
        for expr in [deepest, sum] {
            assert_comes_back(&expr);
            compile(&expr, &every_type()).unwrap();
        }
    });
}

#[test]
fn each_limit_names_itself_and_a_way_out() {
    let table = [
        (format!("a_text = '{}'", "x".repeat(MAX_LENGTH)), "65"),
        (vec!["a_boolean"; MAX_NODES].join(" AND "), "use IN"),
        (format!("an_integer IN ({})", vec!["1"; MAX_LIST + 1].join(",")), "ask in several"),
        (format!("S_INTERSECTS(geometry, MULTIPOINT({}))", vec!["1 1"; 10_001].join(",")), "simplify"),
        (format!("{}true{}", "(".repeat(99), ")".repeat(99)), "AND and OR"),
    ];
    for (text, way_out) in table {
        let error = parse_text(&text).expect_err(way_out).to_string();
        assert!(error.contains(way_out) && error.len() < 200, "{error}");
    }
    let most = format!("an_integer IN ({})", vec!["1"; MAX_LIST].join(","));
    assert!(compile(&parse_text(&most).unwrap(), &every_type()).is_ok(), "the limit itself is allowed");
    let pattern = parse_text(&format!("a_text LIKE '{}'", "%a".repeat(501))).unwrap();
    assert!(compile(&pattern, &every_type()).is_err_and(|error| error.to_string().contains("1002 characters")));
}

/// Nothing is computed twice for a row, however it is written, and what is too much is refused.
#[test]
fn the_work_for_a_row_is_bounded() {
    let layer = every_type();
    let compiled = |text: &str| compile(&parse_text(text).unwrap_or_else(|error| panic!("{text}: {error}")), &layer);
    let nested = (0..40).fold("a_boolean".to_owned(), |text, _| format!("({text} BETWEEN FALSE AND TRUE)"));
    let listed = format!("({}) IN ({})", vec!["a_boolean"; 400].join(" OR "), vec!["TRUE"; 4_000].join(","));
    let texts = vec!["CASEI(id) = 'a'"; 150].join(" OR ");
    let ring: Vec<String> = (0..=2_000).map(|step| ring_place(step % 2_000)).collect();
    let polygon = format!("POLYGON(({}))", ring.join(","));
    let within = format!("S_WITHIN(geometry, {polygon})");
    for text in ["area() > 1 AND area() < 5 AND length() = 0", &nested, &listed, &texts, &within] {
        assert!(compiled(text).is_ok(), "{}: {:?}", text.get(..40).unwrap_or(text), compiled(text).err());
    }
    let folded = vec!["CASEI(ACCENTI(id)) = 'a'"; 190].join(" OR ");
    for text in [["area() > 1"; 6].join(" OR "), format!("area() IN ({})", ["area()"; 6].join(",")), folded] {
        let error = compiled(&text).expect_err(&text);
        assert!(matches!(error, FilterError::TooCostly(_)) && error.to_string().contains("area() and length() once"));
    }
}

fn ring_place(step: u32) -> String {
    let angle = f64::from(step) / 1_000.0 * std::f64::consts::PI;
    format!("{:.6} {:.6}", 105.0 + angle.cos(), 18.0 + angle.sin())
}

#[test]
fn what_is_no_filter_is_told_where() {
    let table = [
        ("", "character 1: the end where a value"),
        ("a_text =", "character 9"),
        ("a_text = 'x", "character 10: the ' that opens here"),
        ("a_text == 'x'", "character 9: `=` where a value"),
        ("a_text != 'x'", "not equal is <>"),
        ("a_text = \"", "is never closed"),
        ("(a_boolean", "`)`"),
        ("a_boolean)", "`)` where an operator or the end"),
        ("a_boolean AND", "the end"),
        ("a = b = c", "`=` where an operator or the end"),
        ("1 < an_integer < 5", "`<` where an operator or the end"),
        ("2 ^ 3 ^ 2 = 64", "`^`"),
        ("an_integer BETWEEN 1 OR 5", "`OR` where and"),
        ("an_integer IN ()", "`)` where a value"),
        ("an_integer IN 5", "`5` where `(`"),
        ("an_integer = 1e999", "larger than any"),
        ("a_date = DATE('2025-02-30')", "`2025-02-30` is no day"),
        ("a_date = DATE('25-02-03')", "is no day"),
        ("a_moment = TIMESTAMP('2025-02-03')", "is no moment"),
        ("a_moment = TIMESTAMP('2025-02-03T01:02:03.1234567Z')", "finer than a microsecond"),
        ("T_DURING(a_date, INTERVAL('x','..'))", "not .."),
        ("S_INTERSECTS(geometry, POINT(1))", "a coordinate"),
        ("S_INTERSECTS(geometry, LINESTRING(1 1))", "two different places"),
        ("S_INTERSECTS(geometry, LINESTRING(1 1,1 1))", "two different places"),
        ("S_INTERSECTS(geometry, POLYGON((0 0,1 0,1 1)))", "four places"),
        ("S_INTERSECTS(geometry, POLYGON((0 0,1 0,1 1,0 1)))", "ends where it starts"),
        ("S_INTERSECTS(geometry, BBOX(1,2,3))", "a box has 4 numbers"),
        ("S_INTERSECTS(geometry, GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(1 1))))", "no kind of geometry"),
        ("('a','b') = 'a'", "an array stands only"),
        ("a_text = ('a','b')", "an array stands only"),
        ("null = 1", "as a name it is \"null\""),
        ("Đường = 1; DROP TABLE wards", "character 10: `;` means nothing"),
        ("a_text = 'x' -- '", "the ' that opens"),
    ];
    for (text, expected) in table {
        let error = parse_text(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn names_reach_nothing_but_what_the_reader_may_see() {
    let mut layer: Layer = (*every_type()).clone();
    let hidden = Field { name: "notes".to_owned(), audience: Audience::Staff, ..layer.fields[0].clone() };
    layer.fields.push(hidden);
    let table = [
        ("pg_read_file('/etc/passwd') = 'x'", "no function `pg_read_file`; there are casei, accenti, area, length"),
        ("notes = 'x'", "no queryable `notes`; it has id, a_text"),
        ("\"a_text\"\"; DROP TABLE wards; --\" = 'x'", "no queryable"),
        ("\"\u{0}\u{7}\u{1b}[31m\" = 'x'", "no queryable `\u{FFFD}\u{FFFD}\u{FFFD}[31m`"),
        ("rowid = 1", "no queryable `rowid`"),
        ("A_TEXT = 'x'", "no queryable `A_TEXT`"),
        ("geom IS NULL", "no queryable `geom`"),
        ("area(1) > 1", "takes no argument"),
    ];
    for (text, expected) in table {
        let error = compile(&parse_text(text).unwrap(), &layer).expect_err(text).to_string();
        assert!(error.contains(expected) && !error.contains(", notes") && error.len() < 300, "{text}: {error}");
    }
    let long = format!("\"{}\" = 1", "n".repeat(50_000));
    let error = compile(&parse_text(&long).unwrap(), &layer).expect_err("no such name").to_string();
    assert!(error.len() < 300, "{error}");
    let staff = parse_text("notes = 'x'").unwrap();
    assert!(citylayers::index::cql2::Filter::compile(&staff, &layer, Audience::Staff, &Some).is_ok());
    let quoted = parse_text("a_text = '''; DROP TABLE wards; --' OR a_text = 'x\\'y\\\\'").unwrap();
    assert!(compile(&quoted, &layer).is_ok(), "a quote in a text is a quote in a text");
}

#[test]
fn noise_is_read_or_refused_and_never_worse() {
    let words = [
        "a_text",
        "an_integer",
        "a_date",
        "geometry",
        "AND",
        "OR",
        "NOT",
        "LIKE",
        "BETWEEN",
        "IN",
        "IS",
        "NULL",
        "div",
        "(",
        ")",
        ",",
        "=",
        "<>",
        "<",
        "+",
        "-",
        "*",
        "^",
        "%",
        "'x'",
        "'",
        "\"",
        "\\",
        "1",
        "1.5e3",
        ".",
        "POINT",
        "Z",
        "BBOX",
        "POLYGON((",
        "INTERVAL(",
        "DATE('2025-07-01')",
        "T_AFTER(",
        "A_EQUALS(",
        "S_WITHIN(",
        "CASEI(",
        "\u{0}",
        "đ",
        "😀",
        "TRUE",
        "{",
        "}",
        "[",
        ":",
        "\"op\"",
        "\"args\"",
        "area()",
    ];
    let layer = every_type();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut read = 0;
    for _ in 0..60_000 {
        let count = random.random_range(1..12);
        let picked: Vec<&str> = (0..count).map(|_| words[random.random_range(0..words.len())]).collect();
        let text = picked.join(if random.random() { " " } else { "" });
        if let Ok(expr) = parse_text(&text) {
            assert_comes_back(&expr);
            let _either = compile(&expr, &layer);
            read += 1;
        }
        let _either = parse_json(&text);
    }
    assert!(read > 500, "{read}");
}
