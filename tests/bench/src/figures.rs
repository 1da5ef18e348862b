//! One figure, measured several times.

use std::time::Duration;

use serde::Serialize;

/// What a figure came to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) times: usize,
    pub(crate) unit: &'static str,
    /// What the numbers do not say by themselves.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) note: String,
}

impl Figure {
    /// `None` where nothing was measured.
    pub(crate) fn of(values: &[f64], unit: &'static str, note: impl Into<String>) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median =
            if sorted.len().is_multiple_of(2) { sorted[middle - 1].midpoint(sorted[middle]) } else { sorted[middle] };
        Some(Self { median, least, most, times: sorted.len(), unit, note: note.into() })
    }

    /// Of times, in milliseconds.
    pub(crate) fn of_milliseconds(values: &[Duration], note: impl Into<String>) -> Option<Self> {
        let values: Vec<f64> = values.iter().map(|value| value.as_secs_f64() * 1_000.0).collect();
        Self::of(&values, "ms", note)
    }
}

/// The median of times; nothing where there are none.
pub(crate) fn median(values: &[Duration]) -> Option<Duration> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_spread_are_those_of_the_values() {
        let figure = Figure::of(&[3.0, 1.0, 2.0], "s", "").expect("measured");
        assert_eq!((figure.median, figure.least, figure.most, figure.times), (2.0, 1.0, 3.0, 3));
        let even = Figure::of(&[4.0, 1.0, 2.0, 3.0], "s", "").expect("measured");
        assert!((even.median - 2.5).abs() < f64::EPSILON);
        assert!(Figure::of(&[], "s", "").is_none(), "nothing measured is no figure");
    }
}
