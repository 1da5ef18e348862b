//! What a function answers, what `infra/template.yaml` leads to it, and what `make watch` leads to it are the same.
//! A router of axum does not list its routes, so its paths are read from the sources, and its methods are asked from the
//! router itself: with a method that nobody has, a path that is there says which it has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::Body;
use http::header::ALLOW;
use http::{Method, Request, StatusCode};
use rig::{Rig, Route};
use tower::ServiceExt as _;

const CARGO: &str = include_str!("../../../../../Cargo.toml");

/// Where the sources of a function of the template are.
fn crate_of(function: &str) -> &'static str {
    match function {
        "Signup" => "signup",
        "OauthCallback" => "oauth-callback",
        "Preview" => "preview",
        "Import" => "import",
        "Addon" => "addon",
        other => panic!("{other} has no pages"),
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The paths that the router is made of. Its crate has no other way to get one.
fn paths(function: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions").join(crate_of(function)).join("src");
    let mut paths = Vec::new();
    for file in sources(&folder) {
        let text = fs::read_to_string(&file).expect("a source");
        for other in [".nest(", ".nest_service(", ".merge(", ".route_service(", ".fallback(", ".fallback_service("] {
            assert!(!text.contains(other), "{}: the routes of {other} are not seen here", file.display());
        }
        for (_, rest) in text.match_indices(".route(").map(|(at, call)| text[at..].split_at(call.len())) {
            let path = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
            paths.push(path.expect("a route's path is written where the route is").0.to_owned());
        }
    }
    paths
}

/// The same for whatever name a path's variables have.
pub(super) fn without_names(path: &str) -> String {
    path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment }).collect::<Vec<_>>().join("/")
}

/// The methods of a path; `None` where the router does not have it.
async fn methods(router: &Router, path: &str) -> Option<Vec<String>> {
    let nobodys = Method::from_bytes(b"PROPFIND").expect("a method");
    let request = Request::builder().method(nobodys).uri(path.replace(['{', '}'], "x"));
    let answer = router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    match answer.status() {
        StatusCode::NOT_FOUND => None,
        StatusCode::METHOD_NOT_ALLOWED => {
            let allowed = answer.headers()[ALLOW].to_str().expect("text");
            // axum answers HEAD wherever it answers GET.
            Some(allowed.split(',').filter(|method| *method != "HEAD").map(str::to_owned).collect())
        }
        other => panic!("{path}: {other}"),
    }
}

#[tokio::test]
async fn each_function_has_the_routes_that_the_template_leads_to_it_and_no_other() {
    let rig = Rig::new(1);
    for (function, router) in rig.routers() {
        let mut answered = BTreeSet::new();
        for path in paths(function) {
            let methods = methods(router, &path).await.unwrap_or_else(|| panic!("{function} has no {path}"));
            answered.extend(methods.iter().map(|method| format!("{method} {}", without_names(&path))));
        }
        let led = Route::all().iter().filter(|route| route.function == *function);
        let led: BTreeSet<String> = led
            .filter_map(Route::method_and_path)
            .map(|(method, path)| format!("{method} {}", without_names(path)))
            .collect();
        assert_eq!(answered, led, "{function}: the routes of lib.rs, and those of infra/template.yaml");
    }
}

#[tokio::test]
async fn a_route_of_one_function_is_none_of_another() {
    let rig = Rig::new(1);
    for route in Route::all() {
        let Some((_, path)) = route.method_and_path() else { continue };
        for (function, router) in rig.routers() {
            let has = methods(router, path).await.is_some();
            assert_eq!(has, *function == route.function, "{function}: {}", route.key);
        }
    }
}

#[test]
fn make_watch_leads_each_path_to_the_function_of_the_template() {
    let (_, section) = CARGO.split_once("[workspace.metadata.lambda.watch.router]").expect("the router of make watch");
    let lines = section.lines().take_while(|line| !line.starts_with('[')).filter(|line| line.starts_with('"'));
    let watched: BTreeSet<(String, String)> = lines
        .map(|line| {
            let (path, function) = line.split_once(" = ").expect("a path and its function");
            (path.trim_matches('"').to_owned(), function.trim_matches('"').to_owned())
        })
        .collect();
    let led = Route::all().iter().map(|route| {
        let path = route.method_and_path().map_or("/{*path}", |(_, path)| path);
        (path.to_owned(), crate_of(route.function).to_owned())
    });
    assert_eq!(watched, led.collect(), "[workspace.metadata.lambda.watch.router], and infra/template.yaml");
}
