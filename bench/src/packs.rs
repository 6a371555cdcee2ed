//! Packs that are made for one row.

use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::failure::Result;

/// An empty pack below a folder.
pub(crate) fn create(folder: &Path, name: &str) -> Result<PathBuf> {
    let pack = folder.join(name);
    fs::create_dir_all(&pack)?;
    let document = format!(
        "---\nref: {name}\nname: {name}\ndescription: Made for a benchmark.\nversion: 1.0.0\n\
         python_versions: [\"3\"]\nauthor: The Squall authors\nemail: squall@localhost.localdomain\n"
    );
    fs::write(pack.join("pack.yaml"), document)?;
    Ok(pack)
}

/// A pack with as many actions of a runner as asked, all with the same entry point.
pub(crate) fn with_actions(
    folder: &Path,
    name: &str,
    runner: &str,
    count: usize,
) -> Result<PathBuf> {
    let pack = create(folder, name)?;
    let actions = pack.join("actions");
    fs::create_dir_all(&actions)?;
    for number in 0..count {
        let document = format!(
            "---\nname: action_{number}\ndescription: One of many.\nrunner_type: {runner}\nenabled: true\n\
             entry_point: action.py\nparameters:\n  pod:\n    description: A pod.\n    type: string\n    required: true\n\
             \x20 namespace:\n    description: Where it is.\n    type: string\n    default: default\n\
             \x20 seconds:\n    description: How long it may take.\n    type: integer\n    default: 30\n"
        );
        fs::write(actions.join(format!("action_{number}.yaml")), document)?;
    }
    let code = "from st2common.runners.base_action import Action\n\n\n\
                class Nothing(Action):\n    def run(self, **parameters):\n        return parameters\n";
    fs::write(actions.join("action.py"), code)?;
    Ok(pack)
}
