//! Evicting pods as far as disruption budgets let them go, and binding pods to nodes.

use serde_json::json;
use squall_model::Json;

use super::answers::{self, Refusal};
use super::deletion::Deletion;
use super::objects::{At, Occasion, Part, set, text};
use super::route::Query;
use super::selectors::Selection;
use super::storage::Storage;

impl Storage {
    /// Deletes a pod, unless a disruption budget has none to spare.
    pub(super) fn evict(
        &mut self,
        at: &At<'_>,
        eviction: &Json,
        query: &Query,
        occasion: &Occasion,
    ) -> Result<Json, Refusal> {
        let pod = self.found(at.kind, at.namespace, at.name)?;
        let phase = pod.field(at.kind, "status.phase").unwrap_or_default();
        if !matches!(phase, "Pending" | "Succeeded" | "Failed") {
            self.spend(at, occasion)?;
        }
        let options = eviction.get("deleteOptions").unwrap_or(&Json::Null);
        self.delete(at, &Deletion::read(options, query), occasion)?;
        Ok(answers::done())
    }

    /// Takes one from the disruption budget of a pod.
    fn spend(&mut self, at: &At<'_>, occasion: &Occasion) -> Result<(), Refusal> {
        let Some(budgets) = self.kinds.named("PodDisruptionBudget") else {
            return Ok(());
        };
        let pod = self.found(at.kind, at.namespace, at.name)?;
        let all = self.all(&budgets, Some(at.namespace)).into_iter();
        let mut concerned = all.filter(|budget| {
            let selector = budget.json().pointer("/spec/selector").cloned();
            let selection = Selection::of_selector(&selector.unwrap_or_default(), at.namespace);
            selection.takes(&pod, at.kind)
        });
        let Some(budget) = concerned.next() else {
            return Ok(());
        };
        if concerned.next().is_some() {
            let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(Refusal::new(500, "InternalError", message));
        }
        let object = budget.json();
        let (healthy, wanted) = self.balance(at, &object);
        let said = object
            .pointer("/status/disruptionsAllowed")
            .and_then(Json::as_i64);
        let allowed = said.unwrap_or(healthy.saturating_sub(wanted));
        if allowed <= 0 {
            let cause = json!({
                "reason": "DisruptionBudget",
                "message": format!(
                    "The disruption budget {} needs {wanted} healthy pods and has {healthy} currently",
                    budget.name
                ),
            });
            let message = "Cannot evict pod as it would violate the pod's disruption budget.";
            let refusal = Refusal::new(429, "TooManyRequests", message);
            return Err(refusal.with_details(json!({"causes": [cause]})));
        }
        if said.is_some() {
            let place = At {
                kind: &budgets,
                name: &budget.name,
                ..*at
            };
            self.change(&place, Part::Whole, occasion, |mut object| {
                set(&mut object, &["status", "disruptionsAllowed"], allowed - 1);
                Ok(object)
            })?;
        }
        Ok(())
    }

    /// How many of a budget's pods are healthy, and how many must be.
    fn balance(&self, at: &At<'_>, budget: &Json) -> (i64, i64) {
        let said = |name: &str| budget.pointer(&format!("/status/{name}"))?.as_i64();
        let selector = budget
            .pointer("/spec/selector")
            .cloned()
            .unwrap_or_default();
        let selection = Selection::of_selector(&selector, at.namespace);
        let pods = self.all(at.kind, Some(at.namespace));
        let pods = pods.iter().filter(|pod| selection.takes(pod, at.kind));
        let (mut all, mut healthy) = (0, 0);
        for pod in pods {
            all += 1;
            let is_running = pod.field(at.kind, "status.phase") == Some("Running");
            healthy += i64::from(is_running);
        }
        let wanted = match budget.pointer("/spec/minAvailable") {
            Some(least) => share(least, all),
            None => {
                let most = budget.pointer("/spec/maxUnavailable");
                all.saturating_sub(most.map_or(0, |most| share(most, all)))
            }
        };
        (
            said("currentHealthy").unwrap_or(healthy),
            said("desiredHealthy").unwrap_or(wanted),
        )
    }

    /// Puts a pod on a node.
    pub(super) fn bind(
        &mut self,
        at: &At<'_>,
        binding: &Json,
        occasion: &Occasion,
    ) -> Result<Json, Refusal> {
        let node = text(binding, "/target/name");
        self.change(at, Part::Main, occasion, |mut pod| {
            let taken = text(&pod, "/spec/nodeName");
            if !taken.is_empty() {
                let why = format!("pod {} is already assigned to node \"{taken}\"", at.name);
                return Err(Refusal::conflict(at.about(), &why));
            }
            set(&mut pod, &["spec", "nodeName"], node);
            Ok(pod)
        })?;
        Ok(answers::done())
    }
}

/// A number, or so many of a hundred of all, rounded up.
fn share(bound: &Json, all: i64) -> i64 {
    let percent = bound.as_str().and_then(|text| text.strip_suffix('%'));
    match percent.and_then(|text| text.parse::<i64>().ok()) {
        Some(percent) => all.saturating_mul(percent).saturating_add(99) / 100,
        None => bound.as_i64().unwrap_or(0),
    }
}
