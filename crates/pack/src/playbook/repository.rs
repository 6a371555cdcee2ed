//! Where the Python actions of playbooks come from.

use std::rc::Rc;

use squall_expression::yaml::Node;
use squall_model::playbook::Repository;

use super::environment::{self, Environment};
use super::take::{flag, texted};
use crate::fields::{Fields, join};
use crate::report::{Fault, Report};

const KEYS: &[&str] = &[
    "url",
    "key",
    "branch",
    "pip_install",
    "http_headers",
    "build_isolation",
];

/// The repository `name`; nothing if anything in it is wrong.
pub(super) fn read(
    node: &Rc<Node>,
    (path, name): (&str, &str),
    environment: Environment<'_>,
    report: &mut Report,
) -> Option<Repository> {
    let before = report.errors();
    let key = join(path, name);
    let place = report.place(node, &key);
    let filled = environment::fill(node, &key, environment, report);
    let fields = Fields::of(&filled, key, report)?;
    fields.warn_unknown(KEYS, report);
    let url = fields.needed("url", report)?;
    let address = texted(url, &fields.key("url"), report)?;
    if let Err(fault) = check(&address) {
        report.error(Some(url), &fields.key("url"), fault);
    }
    if address.starts_with("http://") {
        let hint = "write https://".to_owned();
        let fault = Fault::with_hint("lets anybody on the way put code into it", hint);
        report.warning(Some(url), &fields.key("url"), fault);
    }
    let mut text = |name: &str| {
        let node = fields.get(name)?;
        texted(node, &fields.key(name), report).filter(|text| !text.is_empty())
    };
    let (private_key, branch) = (text("key"), text("branch"));
    let pip_install = fields
        .get("pip_install")
        .and_then(|node| flag(node, &fields.key("pip_install"), report))
        .unwrap_or(true);
    let http_headers = fields.object("http_headers", report);
    (report.errors() == before).then(|| Repository {
        name: name.to_owned(),
        url: address,
        key: private_key,
        branch,
        pip_install,
        http_headers,
        place,
    })
}

/// Whether it is an address from which a repository can be had.
fn check(address: &str) -> Result<(), Fault> {
    let is_archive = address.ends_with(".tar.gz") || address.ends_with(".tgz");
    let is_known = address.starts_with("file:///")
        || address.starts_with("git@")
        || address.starts_with("https://")
        || (address.starts_with("http://") && is_archive);
    if is_known {
        return Ok(());
    }
    let hint = if address.starts_with('/') {
        format!("write file://{address}")
    } else {
        "write file:///FOLDER, git@HOST:NAME.git, https://HOST/NAME.git or https://HOST/NAME.tgz"
            .to_owned()
    };
    let message = "is no address of a playbook repository";
    Err(Fault::with_hint(message, hint))
}
