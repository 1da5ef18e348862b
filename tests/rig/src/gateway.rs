//! The HTTP API: each request goes to the function to which `infra/template.yaml` leads it. A route that the template
//! lacks is not found here either, as on AWS.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Request;
use http::Method;
use tower::ServiceExt as _;

const TEMPLATE: &str = include_str!("../../../infra/template.yaml");

/// The function that gets whatever no route names.
const DEFAULT: &str = "$default";

static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| TEMPLATE.lines().filter_map(Route::of_line).collect());

/// A route of the template.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// As the template writes it: `GET /imports/{import_id}`, or `$default`.
    pub key: &'static str,
    /// The function's name there: `OauthCallback`.
    pub function: &'static str,
}

impl Route {
    /// Every route of the template, in its order.
    pub fn all() -> &'static [Self] {
        &ROUTES
    }

    fn of_line(line: &'static str) -> Option<Self> {
        let (key, rest) = line.split_once("RouteKey: \"")?.1.split_once('"')?;
        let target = rest.split_once("integrations/${").expect("a route leads to an integration").1;
        let (function, _) = target.split_once("Integration}").expect("an integration has its function's name");
        Some(Self { key, function })
    }

    /// The method and the path; `None` of the route for everything else.
    pub fn method_and_path(&self) -> Option<(&'static str, &'static str)> {
        self.key.split_once(' ')
    }

    /// How many segments of `path` are named and not only filled in; `None` where the route is another.
    fn matches(&self, method: &Method, path: &str) -> Option<usize> {
        let (own_method, pattern) = self.method_and_path()?;
        let (mut segments, mut named) = (path.split('/'), 0);
        for expected in pattern.split('/') {
            let segment = segments.next()?;
            if expected == segment {
                named += 1;
            } else if !expected.starts_with('{') || segment.is_empty() {
                return None;
            }
        }
        (own_method == method.as_str() && segments.next().is_none()).then_some(named)
    }
}

/// The functions with pages, as the HTTP API calls them.
#[derive(Clone)]
pub(crate) struct Gateway {
    /// Each with its name in the template.
    pub(crate) functions: [(&'static str, Router); 5],
}

impl Gateway {
    /// All of them behind one router.
    pub(crate) fn router(&self) -> Router {
        let gateway = self.clone();
        Router::new().fallback(move |request: Request| {
            let function = gateway.function(request.method(), request.uri().path()).clone();
            async move { function.oneshot(request).await }
        })
    }

    /// The function that answers a request.
    pub(crate) fn function(&self, method: &Method, path: &str) -> &Router {
        let matching = ROUTES.iter().filter_map(|route| Some((route.matches(method, path)?, route)));
        let route = matching.max_by_key(|(named, _)| *named).map(|(_, route)| route);
        let route = route.or_else(|| ROUTES.iter().find(|route| route.key == DEFAULT)).expect("a route for the rest");
        let function = self.functions.iter().find(|(name, _)| *name == route.function);
        &function.expect("each route leads to a function with pages").1
    }
}
