//! Mutation testing: each patch of `tests/faults/mutants/` puts a deliberate bug into a copy of the sources, and the
//! simulator must find a broken promise.
//!
//! It is a package of its own so that it needs nothing of the product: the copy alone is built.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use std::{fs, io};

use clap::Parser;
use serde::Serialize;

/// Puts deliberate bugs into a copy of the product, one at a time. The simulator must catch each of them.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only the mutants whose names begin with this.
    #[arg(default_value = "")]
    only: String,
    /// The folder of the patches. A reviewer's own bugs may lie anywhere.
    #[arg(long, default_value = "tests/faults/mutants")]
    patches: PathBuf,
    /// How many seeds to run for each mutant.
    #[arg(long, default_value_t = 2_500)]
    seeds: u64,
    /// Run every so many of the pairs of faults.
    #[arg(long, default_value_t = 3)]
    pairs_every: usize,
}

#[derive(Debug, Default, Serialize)]
struct Report {
    mutants: usize,
    caught: usize,
    survivors: Vec<String>,
    /// The mutants that do not apply or do not build.
    unusable: Vec<String>,
    seconds: f64,
}

/// A copy of the sources, which can be changed and built without touching the sources.
struct SourceCopy {
    root: PathBuf,
    tree: PathBuf,
    build: PathBuf,
}

enum Verdict {
    /// The simulator found a broken promise; the text is the first one.
    Caught(String),
    Survived,
    Unusable(&'static str),
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(report) if report.caught == report.mutants => ExitCode::SUCCESS,
        Ok(report) => {
            println!("not caught: {:?}; not usable: {:?}", report.survivors, report.unusable);
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<Report> {
    let started = Instant::now();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let copy = SourceCopy { tree: root.join("target/mutants/tree"), build: root.join("target/mutants/build"), root };
    copy.update()?;
    match copy.test(arguments)? {
        Verdict::Survived => println!("without a mutant: every promise is kept"),
        Verdict::Caught(what) => return Err(io::Error::other(format!("without a mutant a promise is broken: {what}"))),
        Verdict::Unusable(what) => return Err(io::Error::other(format!("without a mutant: {what}"))),
    }
    let mut patches: Vec<PathBuf> = fs::read_dir(copy.root.join(&arguments.patches))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "patch"))
        .collect();
    patches.sort();
    let mut report = Report::default();
    for patch in patches {
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with(&arguments.only) {
            continue;
        }
        report.mutants += 1;
        // The patch is taken back afterwards. A new copy would not do: somebody may have changed the sources meanwhile.
        let verdict = if copy.apply(&patch, &[])? {
            let verdict = copy.test(arguments)?;
            copy.apply(&patch, &["--reverse"])?;
            verdict
        } else {
            Verdict::Unusable("it does not apply")
        };
        match verdict {
            Verdict::Caught(what) => {
                report.caught += 1;
                println!("{name}: caught, {what}");
            }
            Verdict::Survived => {
                println!("{name}: SURVIVED");
                report.survivors.push(name);
            }
            Verdict::Unusable(what) => {
                println!("{name}: {what}");
                report.unusable.push(name);
            }
        }
    }
    report.seconds = started.elapsed().as_secs_f64();
    println!("{} of {} caught in {:.0} s", report.caught, report.mutants, report.seconds);
    let path = copy.root.join("target/faults").join(report_name(&arguments.patches, &arguments.only));
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    fs::write(path, serde_json::to_string_pretty(&report)?)?;
    Ok(report)
}

/// A run of some of a folder's bugs writes beside the report of the whole folder, not over it.
fn report_name(patches: &Path, only: &str) -> String {
    let folder = patches.file_name().unwrap_or_default().to_string_lossy();
    if only.is_empty() { format!("{folder}.json") } else { format!("{folder}-{only}.json") }
}

impl SourceCopy {
    /// Makes the copy the same as the sources. A file that is the same already is not written, so that cargo does not
    /// build it again; a file that the sources no longer have is removed.
    fn update(&self) -> io::Result<()> {
        let list = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&self.root)
            .output()?;
        let list = String::from_utf8_lossy(&list.stdout).into_owned();
        let files: BTreeSet<&str> =
            list.split('\0').filter(|file| !file.is_empty() && self.root.join(file).is_file()).collect();
        remove_others(&self.tree, &self.tree, &files)?;
        for file in files {
            let (from, to) = (self.root.join(file), self.tree.join(file));
            let bytes = fs::read(&from)?;
            if fs::read(&to).is_ok_and(|there| there == bytes) {
                continue;
            }
            fs::create_dir_all(to.parent().unwrap_or(&self.tree))?;
            fs::write(&to, bytes)?;
        }
        Ok(())
    }

    fn apply(&self, patch: &Path, how: &[&str]) -> io::Result<bool> {
        let applied = Command::new("git")
            .arg("apply")
            .args(how)
            .arg(patch)
            .current_dir(&self.tree)
            // The copy lies inside the repository, and git must not take it for a part of it.
            .env("GIT_CEILING_DIRECTORIES", self.tree.parent().unwrap_or(&self.tree))
            .status()?;
        Ok(applied.success())
    }

    /// Builds the copy and runs its simulator.
    fn test(&self, arguments: &Arguments) -> io::Result<Verdict> {
        let built = Command::new("cargo")
            .args(["build", "--quiet", "--locked", "--profile", "faults", "-p", "faults", "--bin", "faults"])
            .args(["--message-format", "json"])
            .env("CARGO_TARGET_DIR", &self.build)
            .current_dir(&self.tree)
            .stderr(Stdio::null())
            .output()?;
        if !built.status.success() {
            return Ok(Verdict::Unusable("it does not build"));
        }
        let messages = String::from_utf8_lossy(&built.stdout).into_owned();
        let executable = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let mut executable = executable.filter_map(|message| Some(message["executable"].as_str()?.to_owned()));
        let executable = executable.next_back();
        let executable = executable.ok_or_else(|| io::Error::other("cargo names no executable"))?;
        let ran = Command::new(executable)
            .args(["--until-failure", "--seeds", &arguments.seeds.to_string()])
            .args(["--pairs-every", &arguments.pairs_every.to_string()])
            .arg("--report")
            .arg(self.root.join("target/mutants/report.json"))
            .current_dir(&self.tree)
            .stderr(Stdio::null())
            .output()?;
        if ran.status.success() {
            return Ok(Verdict::Survived);
        }
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        let first: Vec<&str> = text.lines().take(2).map(str::trim).collect();
        Ok(Verdict::Caught(first.join(": ")))
    }
}

/// Removes the files below `folder` of `tree` that are not among `files`.
fn remove_others(tree: &Path, folder: &Path, files: &BTreeSet<&str>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(tree, &path, files)?;
        } else if !path.strip_prefix(tree).is_ok_and(|file| file.to_str().is_some_and(|file| files.contains(file))) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_some_bugs_leaves_the_report_of_all_where_it_is() {
        let bugs = Path::new("tests/faults/mutants");
        assert_eq!(report_name(bugs, ""), "mutants.json");
        assert_eq!(report_name(bugs, "07"), "mutants-07.json");
        assert_eq!(report_name(Path::new("/somewhere/of mine/"), ""), "of mine.json");
    }
}
