//! The one function of the crate `unidecode` 0.3 that `human_name` calls, answered by `deunicode`.
//!
//! The published crate keeps a table of 65,536 `&str`. In a binary that is loaded anywhere each of them is an address that
//! the loader has to write at each start: 1 MB of memory, and 1.5 MB of the archive for where to write. `deunicode`, with
//! which portal addresses are made, packs the same letters without addresses.

#![no_std]

/// The Latin letters for a character, `"[?]"` where there are none: what `human_name` takes for no letter, as it does
/// with the published crate.
///
/// ```
/// assert_eq!(unidecode::unidecode_char('É'), "E");
/// assert_eq!(unidecode::unidecode_char('北'), "Bei ");
/// assert_eq!(unidecode::unidecode_char('\u{10FFFF}'), "[?]");
/// ```
#[must_use]
pub fn unidecode_char(character: char) -> &'static str {
    deunicode::deunicode_char(character).unwrap_or("[?]")
}
