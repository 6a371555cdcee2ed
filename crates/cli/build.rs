//! Puts the packs that come with Squall into the binary: a table of their files.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use fs_err as fs;

/// Each table with its folder, relative to this crate.
const TABLES: [(&str, &str); 2] = [
    ("BUILT_IN", "../../packs"),
    ("LABS_SRE", "../../examples/packs/labs_sre"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    for (name, folder) in TABLES {
        let folder = here.join(folder);
        let mut files = Vec::new();
        collect(&folder, &mut files)?;
        files.sort();
        writeln!(text, "pub(crate) const {name}: &[File] = &[")?;
        for file in files {
            let path = file.strip_prefix(&folder)?;
            let executable = is_executable(&file)?;
            writeln!(
                text,
                "    File {{ path: {path:?}, content: include_bytes!({file:?}), executable: {executable} }},"
            )?;
        }
        writeln!(text, "];")?;
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("Cargo sets OUT_DIR")?);
    fs::write(out.join("pack_files.rs"), text)?;
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

/// Every file below a folder, but what Python leaves behind and what is hidden.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || name == "__pycache__" {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_executable(file: &Path) -> Result<bool, Box<dyn Error>> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(file)?.permissions().mode() & 0o111 != 0)
}
