//! Blocks as HTML. Robusta uses a general reader of Markdown; this one knows what playbooks write: Slack's links and bold
//! text, code, lists and paragraphs. All other text is escaped.

use squall_model::finding::{Block, File, Finding, Links, LinksItem, Table};

use crate::{blocks, markdown, picture, scan};

/// Blocks as HTML, and the files among them.
#[derive(Default)]
pub(crate) struct Page {
    /// Whether an SVG stays beside the PNG that is drawn of it.
    pub(crate) keep_svg: bool,
    pub(crate) html: Vec<String>,
    pub(crate) files: Vec<File>,
}

impl Page {
    /// The links of a finding, if it has any.
    pub(crate) fn add_links(&mut self, finding: &Finding) {
        if finding.links.is_empty() {
            return;
        }
        let item = |link: &squall_model::finding::Link| LinksItem {
            text: link.shown(),
            url: link.url.clone(),
        };
        let mut links = Links {
            links: finding.links.iter().map(item).collect(),
            ..Links::default()
        };
        links.look.html_class = Some("header_links".to_owned());
        self.add(&Block::Links(links));
    }

    pub(crate) fn add(&mut self, block: &Block) {
        if let Some(file) = scan::as_file(block).or_else(|| block.as_file().cloned()) {
            for file in picture::drawn(vec![file], self.keep_svg) {
                let note = format!("<p>See attachment {}</p>", escaped(&file.filename));
                self.html.push(note);
                self.files.push(file);
            }
            return;
        }
        let html = match block {
            Block::Markdown(text) => from_markdown(&text.text, text.look.html_class.as_deref()),
            Block::Divider(_) => "<hr>".to_owned(),
            Block::Json(json) => format!("<pre>{}</pre>", escaped(&json.json_str)),
            Block::Header(header) => format!("<strong>{}</strong>", escaped(&header.text)),
            Block::List(list) => items(list.items.iter().map(|item| inline(item))),
            Block::KubernetesDiff(diff) => {
                let lines = blocks::diff_lines_by_path(diff, "*");
                lines
                    .iter()
                    .map(|line| from_markdown(line, None))
                    .collect::<Vec<_>>()
                    .join("\n")
            }
            Block::Links(block) => links(block),
            other => other.as_table().map(table).unwrap_or_default(),
        };
        if !html.is_empty() {
            self.html.push(html);
        }
    }
}

pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A link, if its address is one that a mail may lead to.
pub(crate) fn link(url: &str, text: &str) -> String {
    let is_safe = ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    if is_safe {
        format!(r#"<a href="{}">{}</a>"#, escaped(url), escaped(text))
    } else {
        escaped(&format!("{text} {url}"))
    }
}

fn links(block: &Links) -> String {
    let class = block.look.html_class.as_deref();
    let class = class.map_or(String::new(), |class| {
        format!(r#" class="{}""#, escaped(class))
    });
    let items = block
        .links
        .iter()
        .map(|one| format!("  <li>{}</li>", link(&one.url, &one.text)));
    format!(
        "<ul{class}>\n{}\n</ul>",
        items.collect::<Vec<_>>().join("\n")
    )
}

fn items(items: impl Iterator<Item = String>) -> String {
    let items = items.map(|item| format!("<li>{item}</li>"));
    format!("<ul>\n{}\n</ul>", items.collect::<Vec<_>>().join("\n"))
}

fn table(table: &Table) -> String {
    let name = if table.table_name.is_empty() {
        String::new()
    } else {
        from_markdown(&table.table_name, None)
    };
    let row = |tag: &str, cells: &[String]| {
        let cells = cells
            .iter()
            .map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell).replace('\n', "<br>")));
        format!("<tr>{}</tr>", cells.collect::<String>())
    };
    let head = if table.headers.is_empty() {
        String::new()
    } else {
        format!("<thead>{}</thead>", row("th", &table.headers))
    };
    let rows: String = table.rows.iter().map(|cells| row("td", cells)).collect();
    format!("{name}<table>{head}<tbody>{rows}</tbody></table>")
}

/// Slack's Markdown as HTML.
fn from_markdown(text: &str, class: Option<&str>) -> String {
    let class = class.map_or(String::new(), |class| {
        format!(r#" class="{}""#, escaped(class))
    });
    let mut html = Vec::new();
    for (number, part) in text.split("```").enumerate() {
        if number % 2 == 1 {
            html.push(format!("<pre>{}</pre>", escaped(part.trim_matches('\n'))));
            continue;
        }
        for paragraph in part
            .split("\n\n")
            .map(|paragraph| paragraph.trim_matches('\n'))
        {
            if paragraph.trim().is_empty() {
                continue;
            }
            let lines: Vec<&str> = paragraph.lines().collect();
            let item = |line: &&str| {
                line.strip_prefix("* ")
                    .or_else(|| line.strip_prefix("- "))
                    .is_some()
            };
            if lines.iter().all(item) {
                html.push(items(
                    lines
                        .iter()
                        .map(|line| inline(line.get(2..).unwrap_or_default())),
                ));
            } else {
                let lines: Vec<String> = lines.iter().map(|line| inline(line)).collect();
                html.push(format!("<p{class}>{}</p>", lines.join(" <br/>\n")));
            }
        }
    }
    html.join("\n")
}

/// Links, code and bold text of one line.
pub(crate) fn inline(text: &str) -> String {
    // What is written for a link is kept apart, so that it is neither escaped nor made bold.
    let mut links = Vec::new();
    let kept = std::cell::RefCell::new(&mut links);
    let text = &text.replace('\u{0}', "");
    let marked = markdown::with_links(text, |url, name| {
        let mut links = kept.borrow_mut();
        let name = name.trim();
        let bold = name
            .strip_prefix('*')
            .and_then(|name| name.strip_suffix('*'));
        links.push(match bold {
            Some(bold) => format!("<b>{}</b>", link(url, bold)),
            None => link(url, name),
        });
        "\u{0}".to_owned()
    });
    let mut html = String::new();
    for (number, part) in escaped(&marked).split('`').enumerate() {
        if number % 2 == 1 {
            html.extend(["<code>", part, "</code>"]);
        } else {
            html.push_str(&markdown::between_asterisks(part, "<b>", "</b>"));
        }
    }
    let mut parts = html.split('\u{0}');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for (part, link) in parts.zip(links) {
        whole.push_str(&link);
        whole.push_str(part);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_playbooks_write_is_shown() {
        let html = |text: &str| from_markdown(text, None);
        assert_eq!(
            html("*a* <http://x?a=1&b|see *x*> `c*d*`\nnext"),
            "<p><b>a</b> <a href=\"http://x?a=1&amp;b\">see *x*</a> <code>c*d*</code> <br/>\nnext</p>"
        );
        assert_eq!(html("* a\n* b"), "<ul>\n<li>a</li>\n<li>b</li>\n</ul>");
        assert_eq!(html("```\n<x>\n```"), "<pre>&lt;x&gt;</pre>");
    }

    #[test]
    fn what_others_wrote_is_no_html() {
        let html = |text: &str| from_markdown(text, None);
        assert_eq!(
            html("<script>x</script>"),
            "<p>&lt;script&gt;x&lt;/script&gt;</p>"
        );
        assert_eq!(html("<javascript:x()|y>"), "<p>y javascript:x()</p>");
        assert_eq!(
            html("a\u{0}b <http://x|y>"),
            "<p>ab <a href=\"http://x\">y</a></p>"
        );
    }
}
