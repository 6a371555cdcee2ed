//! Findings: one with some of everything, and one with too much.

use squall_model::finding::{
    Block, Enrichment, Finding, Link, Source, Subject, SubjectKind, Table,
};

/// A finding with some of everything.
pub(crate) fn finding() -> Finding {
    let mut finding = Finding::new("f1", "Pod web-1 is crash looping", "CrashLoopBackoff");
    finding.source = Some(Source::Prometheus);
    finding.description = Some("It restarts".to_owned());
    finding.subject = Subject {
        name: Some("web-1".to_owned()),
        kind: Some(SubjectKind::Pod),
        namespace: Some("shop".to_owned()),
        ..Subject::default()
    };
    finding.links.push(Link::new(
        "http://prom/graph",
        "Graph",
        Some("prometheus_generator_url"),
    ));
    let wide = Table::new(
        &["a", "b", "c"],
        vec![vec!["1".to_owned(), "2".to_owned(), "3".to_owned()]],
    );
    finding.enrichments.push(Enrichment::of(vec![
        Block::markdown("*main* restarted"),
        Block::header("Logs"),
        Block::file("main.log", b"at work\n".to_vec()),
        Block::Table(wide),
    ]));
    finding
}

/// A finding with too much of everything.
pub(crate) fn enormous() -> Finding {
    let mut finding = finding();
    finding.title = "ä🔥".repeat(8_000);
    finding.description = Some("\"quoted\" ä🔥\n".repeat(8_000));
    finding.fingerprint = "f".repeat(400);
    finding.links = (0..100)
        .map(|number| {
            Link::new(
                format!("http://a/{}", "x".repeat(number * 50)),
                "y".repeat(200),
                None,
            )
        })
        .collect();
    let rows = (0..300)
        .map(|number| vec![format!("row {number}"), "🔥".repeat(50)])
        .collect();
    let mut blocks = vec![
        Block::header("h".repeat(500)),
        Block::Table(Table::new(&["only", "two"], rows)),
    ];
    blocks.extend(
        (0..200).map(|number| Block::markdown(format!("```{number}{}", "code ".repeat(900)))),
    );
    blocks.extend((0..200).map(|_| Block::list(vec!["item".repeat(100); 50])));
    blocks.push(Block::file(
        "big.log",
        "a line of a log\n".repeat(80_000).into_bytes(),
    ));
    finding.enrichments.push(Enrichment::of(blocks));
    finding
}
