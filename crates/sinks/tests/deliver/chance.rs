//! Findings by chance: the same seed gives the same finding.

use serde_json::json;
use squall_model::finding::{
    Block, Enrichment, Finding, FindingType, Link, Severity, Source, Subject, SubjectKind,
};
use squall_model::{Json, Object};

/// Chance by splitmix64.
pub(crate) struct Chance(u64);

/// What texts are made of: what means something to a service, what is more than one byte, and what is odd.
const PIECES: &[&str] = &[
    "a word ",
    "two words ",
    "_",
    "*",
    "**",
    "`",
    "```",
    "```\n",
    "~",
    "<",
    ">",
    "|",
    "&",
    "&amp;",
    "<http://a.example/x|a link>",
    "<http://a.example",
    "[a](http://b.example)",
    "[",
    "](",
    ")",
    "<@U1>",
    "<!here>",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "\u{0}",
    "\u{7f}",
    "\u{200b}",
    "\u{202e}",
    "\"",
    "'",
    "\\",
    "\\n",
    "%",
    "$labels.app",
    "{{",
    "}}",
    "{",
    "<script>",
    "</b>",
    "🔥",
    "日本語",
    "e\u{301}",
    "👩‍👩‍👧",
    "ß",
    "\u{fffd}",
    "\u{10ffff}",
    "--squall-",
    "@everyone",
    "#",
    "- ",
    "* ",
    "1.50",
    "-0",
    "nan",
];

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn one_of<T: Copy>(&mut self, known: &[T]) -> T {
        known[self.below(known.len())]
    }

    /// How many: mostly few, now and then up to `most`.
    fn count(&mut self, most: usize) -> usize {
        let bound = if self.one_in(8) { most } else { most.min(6) };
        self.below(bound + 1)
    }

    fn text(&mut self, most: usize) -> String {
        if self.one_in(10) {
            let times = self.below(most);
            return self.one_of(PIECES).repeat(times / 4);
        }
        (0..self.count(most / 4))
            .map(|_| self.one_of(PIECES))
            .collect()
    }

    fn texts(&mut self, most: usize, longest: usize) -> Vec<String> {
        (0..self.count(most)).map(|_| self.text(longest)).collect()
    }

    fn members(&mut self, most: usize) -> Object {
        let mut members = Object::new();
        for number in 0..self.count(most) {
            let name = if self.one_in(2) {
                format!("label_{number}")
            } else {
                self.text(100)
            };
            members.insert(name, Json::String(self.text(300)));
        }
        members
    }

    pub(crate) fn finding(&mut self) -> Finding {
        let resolved = if self.one_in(4) { "[RESOLVED] " } else { "" };
        let title = format!("{resolved}{}", self.text(4000));
        let mut finding = Finding::new("f1", title, self.text(600));
        if self.one_in(2) {
            finding.description = Some(self.text(40_000));
        }
        finding.severity = self.one_of(&Severity::ALL);
        finding.source = self.one_of(&[None, Some(Source::Prometheus), Some(Source::Manual)]);
        finding.finding_type = self.one_of(&[
            FindingType::Issue,
            FindingType::Issue,
            FindingType::AiAnalysis,
        ]);
        finding.add_silence_url = self.one_in(2);
        finding.subject = Subject {
            name: self.one_in(2).then(|| self.text(500)),
            kind: self.one_of(&[None, Some(SubjectKind::Pod), Some(SubjectKind::Node)]),
            namespace: self.one_in(2).then(|| self.text(500)),
            labels: self.members(80),
            annotations: self.members(20),
            ..Subject::default()
        };
        finding.stamp();
        if self.one_in(4) {
            finding.fingerprint = self.text(2000);
        }
        for _ in 0..self.count(60) {
            let url = format!("http://a.example/{}", self.text(5000));
            finding.links.push(Link::new(url, self.text(300), None));
        }
        for _ in 0..self.count(40) {
            let blocks = (0..self.count(60)).map(|_| self.block()).collect();
            let mut enrichment = Enrichment::of(blocks);
            if self.one_in(4) {
                enrichment
                    .annotations
                    .insert("attachment".to_owned(), json!(true));
            }
            finding.enrichments.push(enrichment);
        }
        finding
    }

    fn block(&mut self) -> Block {
        let written = match self.below(12) {
            0 | 1 => return Block::markdown(self.text(6000)),
            2 => json!({"block": "HeaderBlock", "text": self.text(500)}),
            3 => json!({"block": "DividerBlock"}),
            4 => json!({"block": "ListBlock", "items": self.texts(200, 400)}),
            5 => self.table(),
            6 => return self.file(),
            7 => json!({"block": "JsonBlock", "json_str": self.text(9000)}),
            8 => {
                let url = format!("http://a.example/{}", self.text(5000));
                let links = vec![json!({"text": self.text(300), "url": url}); self.count(60)];
                json!({"block": "LinksBlock", "links": links})
            }
            9 => {
                let diff = json!({"type": "ADDED", "path": ["spec", self.text(40)], "formatted_path": self.text(60),
                                  "value": self.text(2000), "other_value": self.members(5)});
                json!({"block": "KubernetesDiffBlock", "kind": "Pod", "diffs": vec![diff; self.count(100)]})
            }
            10 => {
                let choice = json!({"action": self.text(100), "action_params": self.members(20)});
                json!({"block": "CallbackBlock", "choices": {self.text(200): choice}})
            }
            _ => {
                let row = json!({"kind": self.text(20), "name": self.text(90), "content": [{"message": self.text(400)}]});
                json!({"block": "PopeyeScanReportBlock", "title": self.text(90), "type": "popeye", "score": "73",
                       "results": vec![row; self.count(50)]})
            }
        };
        serde_json::from_value(written).unwrap()
    }

    fn table(&mut self) -> Json {
        let columns = self.below(9);
        let headers: Vec<String> = (0..columns).map(|_| self.text(60)).collect();
        let row: Vec<String> = (0..columns).map(|_| self.text(300)).collect();
        let rows = vec![row; self.count(120)];
        json!({"block": "TableBlock", "headers": headers, "rows": rows, "table_name": self.text(400)})
    }

    fn file(&mut self) -> Block {
        let ending = self.one_of(&[".log", ".txt", ".svg", ".png", ".yaml", ".bin", ""]);
        let name = format!("file{}{ending}", self.text(60));
        Block::file(name, self.text(60_000).into_bytes())
    }
}
