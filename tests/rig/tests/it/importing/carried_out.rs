//! A list that an import has made untrue: it leads to its import, and at no places left it says so.

use http::StatusCode;
use http::header::CACHE_CONTROL;
use rig::{BLUEGUM, Rig, WATTLE, expect, import_of, ticked};
use state::ImportReader as _;

#[tokio::test(start_paused = true)]
async fn a_list_that_was_imported_leads_to_its_import() {
    let rig = Rig::new(1);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let shown = olivia.open("/preview/people").await;
    assert_eq!(shown.headers.get(CACHE_CONTROL).map(http::HeaderValue::as_bytes), Some(b"no-store".as_slice()));
    let import = import_of(&olivia.confirm(&people).await);
    assert_eq!(import_of(&olivia.open("/preview/people").await), import, "while it runs");
    rig.pump().await;
    assert_eq!(import_of(&olivia.open("/preview/people").await), import, "when it is over");
    // Another look is another list.
    let next = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    assert!(next.words().contains("Everyone’s already imported"), "{}", next.words());
}

#[tokio::test(start_paused = true)]
async fn a_list_from_before_somebody_else_s_import_is_not_shown_any_more() {
    let rig = Rig::new(2);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    rig.hire(&WATTLE, "new", "nia@wattlegrove.example.com");
    // Another tab looks again; the first one imports what it shows.
    let tab = olivia.clone();
    let newer = expect(tab.look(&people).await, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&newer).len(), ticked(&people).len() + 1);
    let import = import_of(&olivia.confirm(&people).await);
    assert_eq!(import_of(&tab.open("/preview/people").await), import, "an import runs: that is shown");
    rig.pump().await;
    let courses = tab.open("/preview/people").await;
    expect(courses, StatusCode::OK, "/preview");
}

#[tokio::test(start_paused = true)]
async fn at_no_places_left_the_page_says_who_is_over_the_limit_and_whom_to_ask() {
    let rig = Rig::new(3);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 204);
    let (olivia, import) = rig.imported(&BLUEGUM).await;
    assert_eq!(olivia.progress(&import).await.done, 200);
    let people = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    let words = people.words();
    assert!(words.contains("All 200 places are taken"), "{words}");
    assert!(words.contains("4 people are over the limit"), "{words}");
    assert_eq!(people.texts("#over-the-limit tbody tr").len(), 4);
    assert!(people.texts("#over-the-limit a").contains(&"ask GO1 support".to_owned()), "{words}");
    assert!(people.form("/imports").is_err(), "nobody can be imported, so there is no such button");
    assert!(!words.contains("Import 0 people") && !words.contains("4 people to choose from"), "{words}");
    expect(olivia.look(&people).await, StatusCode::OK, "/preview/people");

    let overview = rig.administrator(&BLUEGUM).await.open("/portal").await;
    let words = overview.words();
    assert!(words.contains("All 200 places are taken") && words.contains("ask GO1 support"), "{words}");
    assert!(!words.contains("Import users from Xero"), "{words}");
    assert!(words.contains("Places used: 200 of 200"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn after_an_undo_who_is_imported_and_what_is_used_are_two_figures() {
    let rig = Rig::new(4);
    let administrator = rig.managed(&WATTLE).await;
    let figures = async || {
        let overview = administrator.open("/portal").await;
        (overview.texts(".figure").remove(0), overview.words().contains("Places used: 7 of 200"))
    };
    assert_eq!(figures().await, ("7 people".to_owned(), true));
    let portal = rig.portal(&WATTLE);
    let imports = rig.state.imports_of(&portal).await.expect("memory answers");
    let import = imports[0].id.clone();
    let offer = rig.undo().plan(&portal, &import).await.expect("possible");
    rig.undo().confirm(&portal, &import, offer.imports_accepted).await.expect("accepted");
    rig.pump().await;
    assert_eq!(figures().await, ("0 people".to_owned(), true));
}
