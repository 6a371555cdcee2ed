//! A job that fails.

use squall_model::Json;

use super::explain::Why;
use super::selector::text;
use super::subject::Subject;

/// The job has failed, and had not before the update.
pub(super) fn failure(subject: &Subject<'_>) -> Result<(), Why> {
    if !has_failed(&subject.change.obj) {
        return Err(Why::NotSo("the job has no condition `Failed`"));
    }
    match &subject.change.old_obj {
        None => Err(Why::fault("what the job was before is not known")),
        Some(old) if has_failed(old) => Err(Why::NotSo("the job had failed before")),
        Some(_) => Ok(()),
    }
}

fn has_failed(job: &Json) -> bool {
    let conditions = job
        .get("status")
        .and_then(|status| status.get("conditions"));
    let conditions = conditions.and_then(Json::as_array).into_iter().flatten();
    let mut conditions = conditions;
    conditions.any(|condition| text(Some(condition), "type") == Some("Failed"))
}
