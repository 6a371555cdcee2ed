//! Changing the cluster: each change is recorded with what was before and after, and a dry run changes nothing.

use http::Method;
use squall_kubernetes::{Ask, Error};
use squall_model::Json;
use squall_model::finding::ObjectReference;

use super::word;
use crate::Case;
use crate::case::Effect;

/// One change that is to be made.
#[derive(Debug)]
pub(crate) struct Change<'o> {
    /// The action that makes it.
    pub(crate) action: &'static str,
    /// What is done, such as `cordon`.
    pub(crate) verb: &'static str,
    /// The object, as it was read.
    pub(crate) object: &'o Json,
    /// What of the object changes, as pointers.
    pub(crate) watched: &'o [&'o str],
    /// Whether to ask only what would come of it.
    pub(crate) dry_run: bool,
}

impl Change<'_> {
    /// Asks the cluster for it and records it.
    pub(crate) async fn make(&self, case: &mut Case<'_>, ask: Ask) -> Result<(), Error> {
        let Some(cluster) = case.means.cluster else {
            return Err(Error::Config("there is no cluster".into()));
        };
        let is_gone = ask.method == Method::DELETE;
        let ask = if self.dry_run {
            ask.query("dryRun", "All")
        } else {
            ask
        };
        let answer = cluster.json(ask).await?;
        let after = if is_gone {
            Json::Null
        } else {
            self.part(&answer)
        };
        self.record(case, after);
        Ok(())
    }

    /// Records that it was made.
    pub(crate) fn record(&self, case: &mut Case<'_>, after: Json) {
        case.effects.push(Effect {
            action: self.action.to_owned(),
            verb: self.verb.to_owned(),
            object: reference(self.object),
            before: self.part(self.object),
            after,
            dry_run: self.dry_run,
        });
    }

    /// What of an object is watched; the whole of it if nothing is.
    fn part(&self, object: &Json) -> Json {
        if self.watched.is_empty() {
            return object.clone();
        }
        let part = self.watched.iter().map(|pointer| {
            let value = object.pointer(pointer).cloned().unwrap_or_default();
            (pointer.trim_start_matches('/').replace('/', "."), value)
        });
        Json::Object(part.collect())
    }

    /// What is said of it in findings: of a dry run, that it was one.
    pub(crate) fn told(&self, text: String) -> String {
        if self.dry_run {
            format!("{text} (dry run)")
        } else {
            text
        }
    }
}

/// The object by its names.
pub(crate) fn reference(object: &Json) -> ObjectReference {
    let named =
        |pointer: &str| Some(word(object, pointer).to_owned()).filter(|text| !text.is_empty());
    ObjectReference {
        kind: named("/kind"),
        name: named("/metadata/name"),
        namespace: named("/metadata/namespace"),
    }
}

#[cfg(test)]
mod tests;
