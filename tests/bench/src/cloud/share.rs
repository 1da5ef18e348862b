//! The share of a processor that Lambda gives a memory size, held by a control group of the kernel where one can be made.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Where the groups of the processor are: of version 1, and of version 2.
const ROOTS: [(&str, Version); 2] = [("/sys/fs/cgroup/cpu", Version::One), ("/sys/fs/cgroup", Version::Two)];

/// The memory in MB at which a function has one whole processor. (AWS, "Configure Lambda function memory".)
const WHOLE_PROCESSOR: u32 = 1_769;

/// How often the share is given anew, in microseconds: as on Lambda, whose processes see a quota each 20 ms.
const PERIOD: u32 = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// A group with one process in it. It is removed with this value, after the process has ended.
#[derive(Debug)]
pub(super) struct Share(PathBuf);

impl Share {
    /// From now on the process has what Lambda gives a function of so many MB. It had a whole processor until now, as on
    /// Lambda while a function starts.
    pub(super) fn of_memory(process: u32, megabytes: u32) -> Result<Self, Failure> {
        let (root, version) = root().ok_or("this machine lets nobody make a control group for processors")?;
        let group = Self(root.join(format!("bench-{process}")));
        fs::create_dir(&group.0)?;
        for (file, text) in limits(version, megabytes) {
            fs::write(group.0.join(file), text)?;
        }
        fs::write(group.0.join("cgroup.procs"), process.to_string())?;
        Ok(group)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // The kernel may still be at the end of the process; an empty group that stays harms nobody.
        let _ = fs::remove_dir(&self.0);
    }
}

/// Whether a share can be held here.
pub(crate) fn can_be_held() -> bool {
    root().is_some()
}

fn root() -> Option<(&'static Path, Version)> {
    let is_there = |(root, version): &(&str, Version)| match version {
        Version::One => Path::new(root).join("cpu.cfs_quota_us").exists(),
        Version::Two => fs::read_to_string(Path::new(root).join("cgroup.subtree_control"))
            .is_ok_and(|names| names.split_whitespace().any(|name| name == "cpu")),
    };
    let (root, version) = ROOTS.into_iter().find(is_there)?;
    let probe = Path::new(root).join(format!("bench-probe-{}", std::process::id()));
    fs::create_dir(&probe).ok()?;
    fs::remove_dir(&probe).ok()?;
    Some((Path::new(root), version))
}

/// The files that hold a share, with what is written into them.
fn limits(version: Version, megabytes: u32) -> Vec<(&'static str, String)> {
    // The kernel takes no quota below a millisecond.
    let quota = (PERIOD * megabytes / WHOLE_PROCESSOR).max(1_000);
    match version {
        Version::One => vec![("cpu.cfs_period_us", PERIOD.to_string()), ("cpu.cfs_quota_us", quota.to_string())],
        Version::Two => vec![("cpu.max", format!("{quota} {PERIOD}"))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_size_is_its_part_of_a_processor() {
        assert_eq!(limits(Version::Two, 1_769), [("cpu.max", "20000 20000".to_owned())]);
        let of_128 = [("cpu.cfs_period_us", "20000".to_owned()), ("cpu.cfs_quota_us", "1447".to_owned())];
        assert_eq!(limits(Version::One, 128), of_128);
        assert_eq!(limits(Version::Two, 3_538), [("cpu.max", "40000 20000".to_owned())]);
    }
}
