//! Sizes, cold starts, memory at rest and warm answers.

use std::collections::BTreeMap;

use super::QUICK;
use crate::cloud::{Cloud, bare};
use crate::failure::Failure;
use crate::figures::{Figure, median};
use crate::measure::sizes as sizing;
use crate::measure::starting::{self, not_warm};
use crate::plan::Plan;
use crate::report::Report;

#[expect(clippy::cast_precision_loss, reason = "sizes of archives are far below two to the power of 52")]
pub(crate) fn sizes(plan: &Plan) -> Result<Report, Failure> {
    let mut report = Report::default();
    let bytes = sizing::zips(&plan.places)?;
    report.set_by_function("zip_mb", &bytes.into_iter().map(|(name, bytes)| (name, bytes as f64 / 1e6)).collect());
    Ok(report)
}

pub(crate) async fn starts(plan: &Plan) -> Result<Report, Failure> {
    let cloud = Cloud::start(&plan.places, QUICK).await?;
    let bare = bare(&plan.places)?;
    let starts = starting::starts(&cloud, &bare, plan.extent.starts).await?;
    let mut report = Report::default();
    let mut memory = BTreeMap::new();
    let mut slowest: Option<(f64, Option<Figure>)> = None;
    for (name, starts) in starts {
        let pairs = starts.ours.iter().zip(&starts.bare);
        let ratios: Vec<f64> = pairs.map(|(ours, bare)| ours.as_secs_f64() / bare.as_secs_f64()).collect();
        let ratio = Figure::of(
            &ratios,
            "",
            format!("cold; the slowest function: {name}; each start over the bare one just before it"),
        );
        let middle = ratio.as_ref().map_or(0.0, |ratio| ratio.median);
        report.detail(format!("cold_start_ratio.{name}"), ratio.clone());
        report.detail(
            format!("cold_start_ms.{name}"),
            Figure::of_milliseconds(&starts.ours, "cold, exec to first /next"),
        );
        report.detail(
            format!("cold_start_cpu_ms.{name}"),
            Figure::of_milliseconds(&starts.processor, "processor's time until then"),
        );
        report.detail("cold_start_ms.bare", Figure::of_milliseconds(&starts.bare, "cold, in turn with each function"));
        report.detail("rss_mb.bare", Figure::of(&starts.bare_memory, "MB", "at rest"));
        let at_rest = Figure::of(&starts.memory, "MB", "at rest, 0.1 s after the first /next");
        memory.extend(at_rest.map(|figure| (name, figure.median)));
        if slowest.as_ref().is_none_or(|(most, _)| middle > *most) {
            slowest = Some((middle, ratio));
        }
    }
    report.set("cold_start_ratio", slowest.and_then(|(_, figure)| figure));
    report.set_by_function("rss_mb", &memory);
    Ok(report)
}

pub(crate) async fn warm(plan: &Plan) -> Result<Report, Failure> {
    let cloud = Cloud::start(&plan.places, QUICK).await?;
    let bare = bare(&plan.places)?;
    let mut report = Report::default();
    let mut slowest: Option<Figure> = None;
    for (name, warm) in starting::warm_answers(&cloud, &bare, plan.extent.warm_answers).await? {
        let (Some(ours), Some(other)) = (median(&warm.ours), median(&warm.bare)) else { continue };
        // Medians of tenths, so that there is a spread of medians and not of single answers.
        let size = warm.ours.len().div_ceil(10);
        let beyond = warm
            .ours
            .chunks(size)
            .zip(warm.bare.chunks(size))
            .filter_map(|(ours, bare)| Some((median(ours)?.as_secs_f64() - median(bare)?.as_secs_f64()) * 1e6));
        let note = format!(
            "{name}, of ten tenths; medians {} us and, bare, {} us; not measured: {}",
            ours.as_micros(),
            other.as_micros(),
            not_warm().join(", ")
        );
        let figure = Figure::of(&beyond.collect::<Vec<_>>(), "us", note);
        report.detail(format!("warm_overhead_us.{name}"), figure.clone());
        slowest = slowest.into_iter().chain(figure).max_by(|one, other| one.median.total_cmp(&other.median));
    }
    report.set("warm_overhead_us", slowest);
    Ok(report)
}
