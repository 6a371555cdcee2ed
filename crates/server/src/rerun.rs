//! Doing an action again, as an execution of its own.

use serde_json::json;
use squall_model::Object;
use squall_model::execution::{Definition, Execution};
use squall_model::mask::MASK;

use crate::handle::{Error, Handle, Result};
use crate::requests::{Wanted, startable};

/// How something is to be done again.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// What it is given anew; templates are rendered.
    pub parameters: Object,
    /// Whether what was given then is given again where nothing is given anew.
    pub merge: bool,
    /// The user who asks; only ever who has signed in.
    pub user: String,
    /// How many milliseconds it is to wait before it begins.
    pub delay_millis: u64,
}

impl Handle {
    /// Requests what `earlier` was, once more, in the same trace, by the definitions of today.
    ///
    /// What was given then is plain data and not rendered again. Where a secret was given, its mask stands for it.
    pub async fn re_run(&self, earlier: &Execution, again: Again) -> Result<Execution> {
        let loaded = self.loaded();
        let (_, definition) = startable(&loaded, earlier.action.as_str())?;
        let (parameters, carried) = given(&self.opened(earlier), &definition, &again)?;
        let wanted = Wanted {
            action: earlier.action.to_string(),
            parameters,
            carried,
            user: again.user,
            context: Object::from_iter([("re-run".to_owned(), json!({"ref": earlier.id}))]),
            notify: Object::new(),
            trace: earlier.trace(),
            delay_millis: again.delay_millis,
            trigger: None,
            is_awaited: false,
        };
        self.request(wanted).await
    }
}

/// What is given anew, and what is carried over.
fn given(earlier: &Execution, definition: &Definition, again: &Again) -> Result<(Object, Object)> {
    let (mut anew, mut carried) = (again.parameters.clone(), Object::new());
    if again.merge {
        carried.clone_from(&earlier.parameters);
    }
    let is_secret = |name: &str| {
        let (action, runner) = (&definition.action.parameters, &definition.runner.parameters);
        action.flag(name, "secret") || runner.flag(name, "secret")
    };
    for (name, value) in &again.parameters {
        if value.as_str() != Some(MASK) || !is_secret(name) {
            continue;
        }
        let lost = || {
            let lost = format!("The secret parameter \"{name}\" is masked; give its value anew.");
            Error::Invalid(lost)
        };
        let known = earlier.parameters.get(name).ok_or_else(lost)?;
        carried.insert(name.clone(), known.clone());
        anew.shift_remove(name);
    }
    Ok((anew, carried))
}
