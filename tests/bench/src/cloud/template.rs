//! What `infra/template.yaml` says of a function: its variables, its memory, its time-out. Read from the file, so that what
//! is measured is what is deployed; a form that this does not know is an error, and not a guess.

use std::collections::BTreeMap;

use crate::failure::Failure;

const TEMPLATE: &str = include_str!("../../../../infra/template.yaml");

/// Each function: the name of its crate, and its name in the template.
pub(crate) const FUNCTIONS: [(&str, &str); 7] = [
    ("signup", "Signup"),
    ("oauth-callback", "OauthCallback"),
    ("preview", "Preview"),
    ("import", "Import"),
    ("addon", "Addon"),
    ("worker", "Worker"),
    ("sweeper", "Sweeper"),
];

/// The default of a parameter.
pub(crate) fn default_of(parameter: &str) -> Option<&'static str> {
    let section = section(TEMPLATE, 2, parameter)?;
    let rest = section.split_once("Default: ")?.1;
    if let Some(quoted) = rest.strip_prefix('"') {
        return quoted.split_once('"').map(|(text, _)| text);
    }
    rest.split([',', '}', '\n']).next().map(str::trim)
}

/// A default that is a number.
pub(crate) fn number(parameter: &str) -> Result<u32, Failure> {
    let text = default_of(parameter).ok_or_else(|| format!("the template has no default for {parameter}"))?;
    Ok(text.parse().map_err(|_| format!("the default of {parameter} is no number: {text}"))?)
}

/// The variables of a function, with what `values` says for a variable before what the template says.
pub(crate) fn variables(function: &str, values: &BTreeMap<&str, String>) -> Result<BTreeMap<String, String>, Failure> {
    let globals = section(TEMPLATE, 0, "Globals").ok_or("the template has no Globals")?;
    let own = section_of(function)?;
    let mut found = BTreeMap::new();
    for (name, value) in [globals, own].into_iter().flat_map(variables_in) {
        // Without an edge the template leaves it out.
        if name == "EDGE_SECRET_ARN" {
            continue;
        }
        let text = match (values.get(name), value.strip_prefix("!Ref ")) {
            (Some(value), _) => value.clone(),
            (None, Some(parameter)) => {
                default_of(parameter).ok_or_else(|| format!("nothing says what {name} of {function} is"))?.to_owned()
            }
            (None, None) if !value.starts_with('!') => value.trim_matches('"').to_owned(),
            (None, None) => return Err(format!("nothing says what {name} of {function} is: {value}").into()),
        };
        found.insert(name.to_owned(), text);
    }
    Ok(found)
}

/// The memory of a function, in MB.
pub(crate) fn memory(function: &str) -> Result<u32, Failure> {
    property(function, "MemorySize")
}

/// The time-out of a function, in seconds.
pub(crate) fn timeout(function: &str) -> Result<u32, Failure> {
    property(function, "Timeout")
}

/// How many messages one event of the worker has at most.
pub(crate) fn batch_size() -> Result<u32, Failure> {
    property("Worker", "BatchSize")
}

fn property(function: &str, name: &str) -> Result<u32, Failure> {
    let find = |section: &'static str| {
        section.lines().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(": "))
    };
    let value = find(section_of(function)?).or_else(|| section(TEMPLATE, 0, "Globals").and_then(find));
    let value = value.ok_or_else(|| format!("the template does not say {name} of {function}"))?.trim();
    match value.strip_prefix("!Ref ") {
        Some(parameter) => number(parameter.trim()),
        None => Ok(value.parse().map_err(|_| format!("{name} of {function} is no number: {value}"))?),
    }
}

fn section_of(function: &str) -> Result<&'static str, Failure> {
    let name = format!("{function}Function");
    Ok(section(TEMPLATE, 2, &name).ok_or_else(|| format!("the template has no {name}"))?)
}

/// Everything under a name at this indentation, with its own line.
fn section<'text>(text: &'text str, indentation: usize, name: &str) -> Option<&'text str> {
    let head = format!("{:indentation$}{name}:", "");
    let start = text.match_indices(&head).map(|(at, _)| at).find(|at| *at == 0 || text[..*at].ends_with('\n'))?;
    let rest = &text[start..];
    let within = |line: &str| line.trim().is_empty() || line.len() - line.trim_start().len() > indentation;
    let length: usize = rest
        .split_inclusive('\n')
        .enumerate()
        .take_while(|(at, line)| *at == 0 || within(line))
        .map(|(_, line)| line.len())
        .sum();
    Some(&rest[..length])
}

fn variables_in(section: &'static str) -> Vec<(&'static str, &'static str)> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut lines = section.lines();
    let Some(head) = lines.find(|line| line.trim() == "Variables:") else { return Vec::new() };
    let within = lines.take_while(|line| line.trim().is_empty() || depth(line) > depth(head));
    within.filter_map(|line| line.trim().split_once(": ")).filter(|(name, _)| !name.starts_with('#')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_read_in_either_form() {
        assert_eq!(default_of("XeroPkce"), Some("off"));
        assert_eq!(default_of("PublicUrl"), Some(""));
        assert_eq!(default_of("Go1PortalUrl"), Some("https://{domain}"));
        assert_eq!(default_of("SupportContact"), None, "it has none, and takes none from the next");
        assert!(number("Go1CallsPerSecond").expect("a number") > 0);
        assert!(number("XeroPkce").is_err());
    }

    #[test]
    fn each_function_has_its_variables_its_memory_and_its_time() {
        let values: BTreeMap<&str, String> =
            crate::cloud::ARRANGED.iter().map(|name| (*name, (*name).to_owned())).collect();
        for (_, function) in FUNCTIONS {
            let variables = variables(function, &values).expect("each is known");
            assert_eq!(variables["RUST_LOG"], "info", "{function}");
            assert_eq!(variables["TABLE_NAME"], "TABLE_NAME", "{function}");
            assert!(memory(function).expect("a number") >= 128, "{function}");
        }
        let worker = variables("Worker", &values).expect("each is known");
        assert_eq!(worker["WORKER_TIMEOUT_SECONDS"], timeout("Worker").expect("a number").to_string());
        assert_eq!(batch_size().expect("a number"), 10);
    }

    #[test]
    fn a_variable_of_which_nothing_is_said_is_an_error() {
        let error = variables("Worker", &BTreeMap::new()).expect_err("the table's name is nowhere");
        assert!(error.to_string().contains("TABLE_NAME"), "{error}");
    }
}
