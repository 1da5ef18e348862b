//! Deliberate bugs: each patch of `tests/faults/mutants/` is applied to a copy of the sources, and the harness must
//! notice.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use std::{fs, io};

use clap::Parser;
use serde::Serialize;

/// Deliberate bugs that the harness must catch.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only those whose names begin so.
    #[arg(default_value = "")]
    only: String,
    /// How many seeds each is given.
    #[arg(long, default_value_t = 2_500)]
    seeds: u64,
    /// Every so many of the pairs.
    #[arg(long, default_value_t = 3)]
    pairs_every: usize,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
struct Report {
    mutants: usize,
    caught: usize,
    survivors: Vec<String>,
    broken: Vec<String>,
    seconds: f64,
}

struct Workshop {
    root: PathBuf,
    tree: PathBuf,
    build: PathBuf,
}

enum Fate {
    Caught(String),
    Survived,
    Broken(&'static str),
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(report) if report.caught == report.mutants => ExitCode::SUCCESS,
        Ok(report) => {
            println!("not caught: {:?}; not to be built: {:?}", report.survivors, report.broken);
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<Report> {
    let begun = Instant::now();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let workshop = Workshop { tree: root.join("target/mutants/tree"), build: root.join("target/mutants/build"), root };
    workshop.copy()?;
    match workshop.fate(arguments)? {
        Fate::Survived => println!("without a mutant: nothing is caught"),
        Fate::Caught(what) => return Err(io::Error::other(format!("the harness fails without a mutant: {what}"))),
        Fate::Broken(what) => return Err(io::Error::other(what)),
    }
    let mut patches: Vec<PathBuf> = fs::read_dir(workshop.root.join("tests/faults/mutants"))?
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
        // Undone afterwards rather than copied anew: the sources may have gone on meanwhile.
        let fate = if workshop.apply(&patch, &[])? {
            let fate = workshop.fate(arguments)?;
            workshop.apply(&patch, &["--reverse"])?;
            fate
        } else {
            Fate::Broken("it does not apply")
        };
        match fate {
            Fate::Caught(what) => {
                report.caught += 1;
                println!("{name}: caught, {what}");
            }
            Fate::Survived => {
                println!("{name}: SURVIVED");
                report.survivors.push(name);
            }
            Fate::Broken(what) => {
                println!("{name}: {what}");
                report.broken.push(name);
            }
        }
    }
    report.seconds = begun.elapsed().as_secs_f64();
    println!("{} of {} caught in {:.0} s", report.caught, report.mutants, report.seconds);
    let path = workshop.root.join("target/faults/mutants.json");
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    fs::write(path, serde_json::to_string_pretty(&report)?)?;
    Ok(report)
}

impl Workshop {
    /// Makes the copy the same as the sources; what is the same already is not touched, so that it is not built again.
    /// What is no longer there goes.
    fn copy(&self) -> io::Result<()> {
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
            // The copy stands inside the repository, and is none of its business.
            .env("GIT_CEILING_DIRECTORIES", self.tree.parent().unwrap_or(&self.tree))
            .status()?;
        Ok(applied.success())
    }

    /// Builds the copy and runs its harness.
    fn fate(&self, arguments: &Arguments) -> io::Result<Fate> {
        let built = Command::new("cargo")
            .args(["build", "--quiet", "--locked", "--profile", "faults", "-p", "faults", "--bin", "faults"])
            .args(["--message-format", "json"])
            .env("CARGO_TARGET_DIR", &self.build)
            .current_dir(&self.tree)
            .stderr(Stdio::null())
            .output()?;
        if !built.status.success() {
            return Ok(Fate::Broken("it does not build"));
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
            return Ok(Fate::Survived);
        }
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        let first: Vec<&str> = text.lines().take(2).map(str::trim).collect();
        Ok(Fate::Caught(first.join(": ")))
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
