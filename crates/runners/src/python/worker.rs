//! The Python side, carried in the binary and unpacked where Python can read it.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use sha2::{Digest as _, Sha256};

/// One file of `workers/python`.
macro_rules! file {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../../../workers/python/", $name)),
        )
    };
}

/// Every file of `workers/python` that runs, by its path there.
const FILES: &[(&str, &str)] = &[
    file!("fork_server.py"),
    file!("hikaru/__init__.py"),
    file!("hikaru/cluster.py"),
    file!("hikaru/crd.py"),
    file!("hikaru/difference.py"),
    file!("hikaru/generate.py"),
    file!("hikaru/generic.py"),
    file!("hikaru/kinds.py"),
    file!("hikaru/meta.py"),
    file!("hikaru/model/__init__.py"),
    file!("hikaru/model/defrel.py"),
    file!("hikaru/model/rel_1_26/__init__.py"),
    file!("hikaru/model/rel_1_26/kinds.txt"),
    file!("hikaru/model/rel_1_26/v1/__init__.py"),
    file!("hikaru/model/rel_1_26/v1/v1.py"),
    file!("hikaru/model/rel_1_26/v1alpha1/__init__.py"),
    file!("hikaru/model/rel_1_26/v1alpha1/v1alpha1.py"),
    file!("hikaru/model/rel_1_26/v1beta1/__init__.py"),
    file!("hikaru/model/rel_1_26/v1beta1/v1beta1.py"),
    file!("hikaru/model/rel_1_26/v1beta2/__init__.py"),
    file!("hikaru/model/rel_1_26/v1beta2/v1beta2.py"),
    file!("hikaru/model/rel_1_26/v1beta3/__init__.py"),
    file!("hikaru/model/rel_1_26/v1beta3/v1beta3.py"),
    file!("hikaru/model/rel_1_26/v2/__init__.py"),
    file!("hikaru/model/rel_1_26/v2/v2.py"),
    file!("hikaru/naming.py"),
    file!("hikaru/operations.py"),
    file!("hikaru/utils.py"),
    file!("hikaru/version_kind.py"),
    file!("hikaru/warn.py"),
    file!("hikaru/yaml_text.py"),
    file!("robusta/__init__.py"),
    file!("robusta/api/__init__.py"),
    file!("robusta/core/__init__.py"),
    file!("robusta/core/discovery/__init__.py"),
    file!("robusta/core/discovery/discovery.py"),
    file!("robusta/core/discovery/resource_names.py"),
    file!("robusta/core/discovery/top_service_resolver.py"),
    file!("robusta/core/discovery/utils.py"),
    file!("robusta/core/exceptions.py"),
    file!("robusta/core/model/__init__.py"),
    file!("robusta/core/model/base_params.py"),
    file!("robusta/core/model/env_vars.py"),
    file!("robusta/core/model/events.py"),
    file!("robusta/core/model/helm_release.py"),
    file!("robusta/core/model/k8s_operation_type.py"),
    file!("robusta/core/model/pods.py"),
    file!("robusta/core/model/services.py"),
    file!("robusta/core/persistency/__init__.py"),
    file!("robusta/core/persistency/in_memory.py"),
    file!("robusta/core/playbooks/__init__.py"),
    file!("robusta/core/playbooks/actions_registry.py"),
    file!("robusta/core/playbooks/base_trigger.py"),
    file!("robusta/core/playbooks/charts.py"),
    file!("robusta/core/playbooks/common.py"),
    file!("robusta/core/playbooks/container_playbook_utils.py"),
    file!("robusta/core/playbooks/crash_reporter.py"),
    file!("robusta/core/playbooks/job_utils.py"),
    file!("robusta/core/playbooks/node_enrichment_utils.py"),
    file!("robusta/core/playbooks/node_playbook_utils.py"),
    file!("robusta/core/playbooks/oom_killer_utils.py"),
    file!("robusta/core/playbooks/pod_utils/__init__.py"),
    file!("robusta/core/playbooks/pod_utils/crashloop_utils.py"),
    file!("robusta/core/playbooks/pod_utils/imagepull_utils.py"),
    file!("robusta/core/playbooks/pod_utils/pending_pod_utils.py"),
    file!("robusta/core/playbooks/prometheus_enrichment_utils.py"),
    file!("robusta/core/playbooks/trigger.py"),
    file!("robusta/core/pubsub/__init__.py"),
    file!("robusta/core/pubsub/event_emitter.py"),
    file!("robusta/core/pubsub/events_pubsub.py"),
    file!("robusta/core/reporting/__init__.py"),
    file!("robusta/core/reporting/action_requests.py"),
    file!("robusta/core/reporting/base.py"),
    file!("robusta/core/reporting/blocks.py"),
    file!("robusta/core/reporting/callbacks.py"),
    file!("robusta/core/reporting/consts.py"),
    file!("robusta/core/reporting/custom_rendering.py"),
    file!("robusta/core/reporting/finding_subjects.py"),
    file!("robusta/core/reporting/given.py"),
    file!("robusta/core/reporting/holmes.py"),
    file!("robusta/core/reporting/neutral.py"),
    file!("robusta/core/reporting/scans.py"),
    file!("robusta/core/reporting/tables.py"),
    file!("robusta/core/schedule/__init__.py"),
    file!("robusta/core/schedule/model.py"),
    file!("robusta/core/sinks/__init__.py"),
    file!("robusta/core/sinks/sink_base.py"),
    file!("robusta/core/sinks/sink_base_params.py"),
    file!("robusta/core/sinks/sink_config.py"),
    file!("robusta/core/triggers/__init__.py"),
    file!("robusta/core/triggers/helm_releases_triggers.py"),
    file!("robusta/integrations/__init__.py"),
    file!("robusta/integrations/argocd/__init__.py"),
    file!("robusta/integrations/argocd/argocd_client.py"),
    file!("robusta/integrations/git/__init__.py"),
    file!("robusta/integrations/git/git_repo.py"),
    file!("robusta/integrations/grafana.py"),
    file!("robusta/integrations/kubernetes/__init__.py"),
    file!("robusta/integrations/kubernetes/api_client_utils.py"),
    file!("robusta/integrations/kubernetes/autogenerated/__init__.py"),
    file!("robusta/integrations/kubernetes/autogenerated/events.py"),
    file!("robusta/integrations/kubernetes/autogenerated/models.py"),
    file!("robusta/integrations/kubernetes/autogenerated/v1/__init__.py"),
    file!("robusta/integrations/kubernetes/autogenerated/v1/models.py"),
    file!("robusta/integrations/kubernetes/base_event.py"),
    file!("robusta/integrations/kubernetes/custom_crds.py"),
    file!("robusta/integrations/kubernetes/custom_models.py"),
    file!("robusta/integrations/kubernetes/images.py"),
    file!("robusta/integrations/kubernetes/process_utils.py"),
    file!("robusta/integrations/kubernetes/times.py"),
    file!("robusta/integrations/kubernetes/workloads.py"),
    file!("robusta/integrations/openshift.py"),
    file!("robusta/integrations/prometheus/__init__.py"),
    file!("robusta/integrations/prometheus/client.py"),
    file!("robusta/integrations/prometheus/clouds.py"),
    file!("robusta/integrations/prometheus/models.py"),
    file!("robusta/integrations/prometheus/result.py"),
    file!("robusta/integrations/prometheus/trigger.py"),
    file!("robusta/integrations/prometheus/utils.py"),
    file!("robusta/integrations/resource_analysis/__init__.py"),
    file!("robusta/integrations/resource_analysis/cpu_analyzer.py"),
    file!("robusta/integrations/resource_analysis/memory_analyzer.py"),
    file!("robusta/integrations/resource_analysis/node_cpu_analyzer.py"),
    file!("robusta/integrations/resource_analysis/prometheus_analyzer.py"),
    file!("robusta/integrations/scheduled/__init__.py"),
    file!("robusta/integrations/scheduled/event.py"),
    file!("robusta/integrations/scheduled/playbook_scheduler.py"),
    file!("robusta/integrations/scheduled/playbook_scheduler_manager_impl.py"),
    file!("robusta/integrations/scheduled/trigger.py"),
    file!("robusta/runner/__init__.py"),
    file!("robusta/runner/object_updater.py"),
    file!("robusta/utils/__init__.py"),
    file!("robusta/utils/base64_utils.py"),
    file!("robusta/utils/cluster_provider_discovery.py"),
    file!("robusta/utils/common.py"),
    file!("robusta/utils/decorators.py"),
    file!("robusta/utils/documented_pydantic.py"),
    file!("robusta/utils/error_codes.py"),
    file!("robusta/utils/function_hashes.py"),
    file!("robusta/utils/parsing.py"),
    file!("robusta/utils/rate_limiter.py"),
    file!("robusta/utils/service_discovery.py"),
    file!("robusta/utils/silence_utils.py"),
    file!("robusta/utils/time_utils.py"),
    file!("squall_worker/__init__.py"),
    file!("squall_worker/action.py"),
    file!("squall_worker/calls.py"),
    file!("squall_worker/channel.py"),
    file!("squall_worker/child.py"),
    file!("squall_worker/frames.py"),
    file!("squall_worker/kubernetes_client.py"),
    file!("squall_worker/lookup.py"),
    file!("squall_worker/plain.py"),
    file!("squall_worker/playbooks.py"),
    file!("squall_worker/pydantic_one.py"),
    file!("squall_worker/rehearsal.py"),
    file!("squall_worker/rehearsal_playbooks/squall_rehearsal.py"),
    file!("squall_worker/rehearsed.py"),
    file!("squall_worker/repository.py"),
    file!("squall_worker/server.py"),
    file!("squall_worker/service.py"),
    file!("squall_worker/sessions.py"),
    file!("squall_worker/surroundings.py"),
    file!("squall_worker/trigger_events.py"),
    file!("squall_worker/vetted.py"),
    file!("squall_worker/warm.py"),
    file!("st2actions/__init__.py"),
    file!("st2actions/runners/__init__.py"),
    file!("st2actions/runners/pythonrunner.py"),
    file!("st2client/__init__.py"),
    file!("st2client/client.py"),
    file!("st2client/models/__init__.py"),
    file!("st2client/models/action.py"),
    file!("st2client/models/action_alias.py"),
    file!("st2client/models/aliasexecution.py"),
    file!("st2client/models/core.py"),
    file!("st2client/models/keyvalue.py"),
    file!("st2client/models/managers.py"),
    file!("st2client/utils/__init__.py"),
    file!("st2client/utils/httpclient.py"),
    file!("st2common/__init__.py"),
    file!("st2common/constants/__init__.py"),
    file!("st2common/constants/action.py"),
    file!("st2common/constants/keyvalue.py"),
    file!("st2common/constants/pack.py"),
    file!("st2common/exceptions/__init__.py"),
    file!("st2common/log.py"),
    file!("st2common/runners/__init__.py"),
    file!("st2common/runners/base_action.py"),
    file!("st2common/runners/utils.py"),
    file!("st2common/services/__init__.py"),
    file!("st2common/services/datastore.py"),
    file!("st2common/util/__init__.py"),
    file!("st2common/util/api.py"),
    file!("st2common/util/date.py"),
    file!("st2common/util/isotime.py"),
    file!("st2common/util/jsonify.py"),
    file!("st2common/util/misc.py"),
    file!("st2common/util/shell.py"),
];

/// Unpacks the files below `data`, unless they are there, and gives the fork server's path. The folder is named after
/// what is in it, so that builds of Squall do not disturb each other.
pub(super) fn unpack(data: &Path) -> io::Result<PathBuf> {
    let folder = data.join(format!("worker-{}", digest()));
    if !folder.is_dir() {
        let aside = data.join(format!("worker-{}.{}", digest(), std::process::id()));
        for (name, text) in FILES {
            let path = aside.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&aside))?;
            fs::write(path, text)?;
        }
        if let Err(error) = fs::rename(&aside, &folder) {
            fs::remove_dir_all(&aside)?;
            if !folder.is_dir() {
                return Err(error);
            }
        }
    }
    fs::canonicalize(folder.join("fork_server.py"))
}

fn digest() -> String {
    let mut hash = Sha256::new();
    for (name, text) in FILES {
        hash.update(name);
        hash.update([0]);
        hash.update(text);
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_is_carried() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workers/python");
        let mut found = BTreeSet::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(&root).unwrap().to_owned();
                if path.is_dir() && name != Path::new("tests") && !path.ends_with("__pycache__") {
                    folders.push(path);
                } else if path
                    .extension()
                    .is_some_and(|extension| extension == "py" || extension == "txt")
                {
                    found.insert(name);
                }
            }
        }
        let carried: BTreeSet<PathBuf> = FILES.iter().map(|(name, _)| name.into()).collect();
        assert_eq!(carried, found);
    }

    #[test]
    fn unpacking_twice_is_the_same() {
        let data = tempfile::tempdir().unwrap();
        let once = unpack(data.path()).unwrap();
        assert_eq!(once, unpack(data.path()).unwrap());
        assert!(once.with_file_name("st2common/log.py").is_file());
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 1);
    }
}
