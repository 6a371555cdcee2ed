//! What the query parameters of lists mean, and how wrong ones are refused.

use serde_json::json;

use super::*;

fn refused<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
    let fault = result.unwrap_err();
    assert_eq!(fault.status, 400);
    fault.message
}

#[test]
fn a_page_is_read() {
    let read = |text: &str| {
        let page = page(&Query::parse(text), Lists::REGISTERED).unwrap();
        (page.offset, page.limit, page.ascending)
    };
    assert_eq!(read(""), (0, Some(100), true));
    assert_eq!(
        read("limit=5&offset=2147483647"),
        (2_147_483_647, Some(5), true)
    );
    assert_eq!(read("limit=-1&sort_desc=yes"), (0, None, false));
    assert_eq!(read("sort=-start_timestamp"), (0, Some(100), false));
}

#[test]
fn wrong_pages_are_refused_in_the_words_of_the_original() {
    let refused = |text: &str| refused(page(&Query::parse(text), Lists::REGISTERED));
    let asked = [
        "limit=0",
        "limit=-2",
        "limit=ten",
        "limit=",
        "limit=1e3",
        "offset=2147483648",
        "offset=99999999999999999999",
        "offset=-1",
        "sort_asc=maybe",
    ];
    let told: Vec<String> = asked
        .iter()
        .map(|text| format!("{text}: {}", refused(text)))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    limit=0: Limit, "0" specified, must be a positive number or -1 for full result set.
    limit=-2: Limit, "-2" specified, must be a positive number.
    limit=ten: Parameter "limit" is not of type integer
    limit=: Parameter "limit" is not of type integer
    limit=1e3: Parameter "limit" is not of type integer
    offset=2147483648: Offset "2147483648" specified is more than 32-bit int
    offset=99999999999999999999: Offset "9223372036854775807" specified is more than 32-bit int
    offset=-1: Offset must not be negative.
    sort_asc=maybe: Parameter "sort_asc" is not of type boolean
    "#);
}

#[test]
fn booleans_have_eight_spellings_in_any_case() {
    let read = |text: &str| boolean(&Query::parse(&format!("a={text}")), "a");
    for yes in ["true", "1", "yes", "y", "TRUE", "Yes"] {
        assert_eq!(read(yes), Ok(Some(true)), "{yes}");
    }
    for no in ["false", "0", "no", "n", "False", "N"] {
        assert_eq!(read(no), Ok(Some(false)), "{no}");
    }
    for wrong in ["", "on", "2", "t", "tru", "yes "] {
        assert_eq!(
            refused(read(wrong)),
            "Parameter \"a\" is not of type boolean"
        );
    }
    assert_eq!(boolean(&Query::default(), "a"), Ok(None));
}

#[test]
fn at_most_a_hundred_ids_are_named_at_once() {
    let list = |count: usize| vec!["5f1d7a1e9c2b4a0012345678"; count].join(",");
    let read = |count| ids(&Query::parse(&format!("id={}", list(count))), "id");
    assert_eq!(read(100).unwrap().len(), 100);
    assert_eq!(
        refused(read(101)),
        "Maximum of 100 items can be provided for a query parameter value"
    );
}

fn shown(query: &str) -> Json {
    let item = json!({
        "id": "1", "ref": "a.b", "action": {"ref": "c.d", "parameters": {"x": 1, "y": 2}},
        "log": [{"status": "running", "timestamp": "t"}], "name": "b",
    });
    Attributes::read(&Query::parse(query))
        .unwrap()
        .apply(item, &["id", "ref"])
}

#[test]
fn attributes_are_included_and_excluded() {
    for (query, expected) in [
        (
            "include_attributes=name",
            json!({"id": "1", "ref": "a.b", "name": "b"}),
        ),
        (
            "include_attributes=action.ref",
            json!({"id": "1", "ref": "a.b", "action": {"ref": "c.d"}}),
        ),
        (
            "include_attributes=action.parameters.y,action.ref",
            json!({"id": "1", "ref": "a.b", "action": {"ref": "c.d", "parameters": {"y": 2}}}),
        ),
        (
            "include_attributes=action.ref,action",
            json!({"id": "1", "ref": "a.b", "action": {"ref": "c.d", "parameters": {"x": 1, "y": 2}}}),
        ),
        (
            "include_attributes=log.status",
            json!({"id": "1", "ref": "a.b", "log": [{"status": "running"}]}),
        ),
        (
            "include_attributes=nothing,actio",
            json!({"id": "1", "ref": "a.b"}),
        ),
        (
            "exclude_attributes=action.ref,log,name",
            json!({"id": "1", "ref": "a.b"}),
        ),
    ] {
        assert_eq!(shown(query), expected, "{query}");
    }
}

#[test]
fn wrong_attributes_are_refused() {
    let both = Query::parse("include_attributes=a&exclude_attributes=b");
    assert_eq!(
        refused(Attributes::read(&both)),
        "exclude_fields and include_fields arguments are mutually exclusive. You need to provide either one or another, but not both."
    );
    let excluded = Attributes::read(&Query::parse("exclude_attributes=id")).unwrap();
    assert_eq!(
        refused(excluded.excluding_only(&["parameters"])),
        "Invalid or unsupported exclude attribute specified: id"
    );
}

#[test]
fn lists_in_memory_are_sorted_by_what_can_be_sorted_by() {
    let items = [("a", "z"), ("b", "y"), ("a", "x")];
    let order = |sort: &str| {
        let query = Query::parse(&format!("sort={sort}"));
        let keys = sort_keys(&query, &["pack", "name"]);
        let mut shown: Vec<Json> = items
            .iter()
            .map(|(pack, name)| json!({"pack": pack, "name": name}))
            .collect();
        shown.sort_by(|one, other| compared(one, other, &keys));
        let names = shown.iter().filter_map(|item| item["name"].as_str());
        names.collect::<String>()
    };
    assert_eq!(order("name"), "xyz");
    assert_eq!(order("-name"), "zyx");
    // A plus sign in a query is a blank.
    assert_eq!(order("+pack,-name"), "zxy");
    assert_eq!(order("-pack"), "yzx");
    assert_eq!(order("-secret,name"), "xyz");
    assert_eq!(order("id"), "zyx");
}
