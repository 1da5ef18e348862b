//! The pictures of the courses, which are drawn here.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::courses::Course;
use crate::world::World;

/// `GET /images/{lo_id}.svg`
pub(crate) async fn image(State(world): State<World>, Path(file): Path<String>) -> Response {
    let lo_id = file.strip_suffix(".svg").unwrap_or_default();
    let state = world.state();
    match state.go1.courses.iter().find(|course| course.lo_id == lo_id) {
        Some(course) => {
            let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "max-age=3600")];
            (headers, drawing(course)).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The parts of a picture: the colours of the far sky, of the near sky and of the hills, and the drawing in front of them.
fn scene(lo_id: &str) -> (&'static str, &'static str, &'static str, &'static str) {
    match lo_id {
        "1001" => ("#ffe3b3", "#f7a35c", "#c7592b", HELMET),
        "1002" => ("#fbd3e0", "#c77dba", "#6a3d7c", SPEECH),
        "1003" => ("#d3f0ea", "#5fb8a5", "#1f6d62", PADLOCK),
        "1004" => ("#d6e4ff", "#6f95e0", "#27408b", SHIELD),
        "1005" => ("#ffe9d6", "#f2958a", "#a8475c", HEART),
        "2001" => ("#fff1b8", "#efb73e", "#9c5b13", HELMET),
        "2002" => ("#e5dcff", "#9b84d9", "#4b3689", SPEECH),
        "2003" => ("#daf2d6", "#7fbf74", "#2f6b35", PADLOCK),
        "2004" => ("#cfeefa", "#4fa9cf", "#155a7d", HOOK),
        _ => ("#ffdccb", "#ee8a5f", "#9a3b1c", BELL),
    }
}

fn drawing(course: &Course) -> String {
    let (far, near, hills, motif) = scene(course.lo_id);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" role="img"><title>{title}</title>
<defs><linearGradient id="sky" x1="0" y1="0" x2="0.4" y2="1"><stop offset="0" stop-color="{far}"/><stop offset="1" stop-color="{near}"/></linearGradient></defs>
<rect width="640" height="360" fill="url(#sky)"/>
<circle cx="498" cy="96" r="150" fill="#fff" opacity=".14"/><circle cx="498" cy="96" r="96" fill="#fff" opacity=".2"/><circle cx="498" cy="96" r="50" fill="#fff" opacity=".55"/>
<path d="M0 268 Q120 196 262 246 T520 222 T640 240 V360 H0Z" fill="{hills}" opacity=".35"/>
<path d="M0 306 Q160 238 330 292 T640 270 V360 H0Z" fill="{hills}" opacity=".6"/>
<path d="M0 334 Q210 286 400 328 T640 314 V360 H0Z" fill="{hills}"/>
<g transform="translate(250 112)" fill="none" stroke="{hills}" stroke-width="9" stroke-linecap="round" stroke-linejoin="round"><circle cx="70" cy="70" r="96" fill="#fff" stroke="none" opacity=".94"/>{motif}</g>
</svg>
"##,
        title = course.title
    )
}

const HELMET: &str =
    r#"<path d="M14 88 A56 56 0 0 1 126 88 Z"/><path d="M4 98 H136"/><path d="M56 36 V64 M84 36 V64"/>"#;
const SPEECH: &str =
    r#"<path d="M16 28 H92 V80 H50 L30 98 V80 H16 Z"/><path d="M106 56 H126 V108 H114 V122 L96 108 H66"/>"#;
const PADLOCK: &str = r#"<rect x="26" y="62" width="88" height="62" rx="10"/><path d="M44 62 V44 A26 26 0 0 1 96 44 V62"/><path d="M70 86 V100"/>"#;
const SHIELD: &str = r#"<path d="M70 14 L122 34 V70 C122 104 96 122 70 130 C44 122 18 104 18 70 V34 Z"/><path d="M46 70 L64 88 L98 54"/>"#;
const HEART: &str =
    r#"<path d="M70 122 C10 82 18 28 50 28 C62 28 70 38 70 48 C70 38 78 28 90 28 C122 28 130 82 70 122 Z"/>"#;
const HOOK: &str = r#"<rect x="14" y="54" width="80" height="56" rx="6"/><path d="M14 60 L54 88 L94 60"/><path d="M116 12 V76 A18 18 0 0 1 80 76 V66"/>"#;
const BELL: &str = r#"<path d="M18 108 H122"/><path d="M28 108 A42 48 0 0 1 112 108"/><path d="M70 60 V44 M58 40 H82"/><path d="M16 40 L26 50 M124 40 L114 50"/>"#;
