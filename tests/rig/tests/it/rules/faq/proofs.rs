//! Which test proves which sentence of the help page.

/// A sentence of an answer, empty for a picture, and the names of the tests that prove it.
pub(crate) type Sentence = (&'static str, &'static [&'static str]);

/// What GO1 does by itself. Its own documents say so; no test of ours can.
pub(crate) const GO1: &str = "";

const COUNTRIES: &str = "the_united_states_and_australia_are_served_by_what_xero_says_and_no_other_country_is";
const NO_PRESS: &str = "for_a_month_without_a_press_nobody_is_asked_anything_and_a_newcomer_waits_for_the_next_import";
const FIELDS: &str = "of_a_person_only_both_names_and_the_email_are_sent_to_go1_and_nothing_is_written_to_xero";
const MARKS: &str = "marks_and_secrets_and_people_are_where_they_belong_and_nowhere_else";
const UNCHANGED: &str = "changed_names_emails_and_roles_stay_as_they_are_in_go1_at_the_next_import_too";
const LEAVERS: &str = "whoever_leaves_stays_in_go1_keeps_the_place_and_is_told_of_as_advice";
const PLACES: &str = "a_portal_takes_two_hundred_people_in_total_over_as_many_imports_as_somebody_wants";
const WHO: &str = "whoever_works_there_and_has_both_names_and_an_email_of_their_own_can_be_imported_and_gets_one_mail";
const KEPT: &str = "names_are_kept_for_a_day_in_the_list_and_for_thirty_days_in_an_import";
const HELP: &str = "every_page_leads_to_help_and_help_to_the_people_who_do";
const ONE_LOOK: &str = "whoever_one_look_missed_is_no_leaver_when_the_next_one_finds_them";
const CORPUS: &str = "people_as_organisations_have_them_come_to_the_right_outcome";
const DIFFERENCE: &str = "a_look_after_an_import_shows_who_is_new_here_changed_blocked_and_gone";
const CONNECTS: &str = "an_administrator_connects_their_portal_and_imports_into_it_and_no_other_portal_is_made";
const ONE_ORGANISATION: &str =
    "of_two_organisations_that_ask_for_one_portal_at_once_one_gets_it_and_the_other_is_told_so";
const ROOMS: &str = "an_administrator_goes_from_the_tile_through_every_room";
const CONFIGURE: &str = "configure_leads_an_administrator_through_go1_s_login_to_the_overview";
const ONLY_ADMINISTRATORS: &str = "only_an_administrator_comes_in_and_nothing_of_anybody_else_is_kept";
const AN_HOUR: &str = "a_session_lasts_an_hour_and_only_go1_renews_it";
const TRAIL: &str = "the_trail_says_who_did_what_and_names_nobody_who_was_imported";
const TROUBLE: &str = "a_check_and_a_look_find_what_is_wrong_and_that_it_is_over";
const BACK: &str = "whoever_signed_up_before_is_let_in_again_on_any_browser_and_has_one_sign_up";
const UNFINISHED: &str = "an_unfinished_sign_up_is_gone_on_with_on_another_day";
const LOGIN_WANTED: &str = "every_page_of_the_customer_leads_with_the_login_that_an_import_waits_for";
const LOGIN_FOR_A_WEEK: &str =
    "without_a_login_the_import_ends_after_seven_days_and_keeps_no_place_of_whom_go1_refused_to_make";
const BY_GO1: &str = "a_login_at_xero_alone_opens_no_portal_that_was_there_before";
const UNDONE: &str = "of_two_hundred_people_a_thousand_courses_and_all_accounts_are_taken_back";
const UNDO_BEFORE: &str = "accounts_that_were_there_before_keep_what_they_had_and_lose_what_the_import_brought";
const UNDO_AGAIN: &str = "people_are_brought_in_again_with_their_accounts_active_and_without_places_or_mails";
const UNDO_ROLE: &str = "somebody_with_another_role_by_now_keeps_the_account_and_whom_others_deactivated_is_theirs";
const UNDO_BEGUN: &str = "what_a_learner_has_begun_or_finished_stays_and_the_undo_says_so_before_and_after";
const UNDO_A_WEEK: &str = "while_an_import_runs_after_one_came_between_and_after_a_week_there_is_no_undo";
const DISCONNECTED: &str = "disconnecting_leaves_nothing_of_ours_at_xero_and_everything_at_go1";
const AT_XERO: &str = "an_organisation_disconnected_at_xero_asks_for_another_login_and_goes_on_there";
const RECONNECTED: &str = "a_portal_s_organisation_is_reconnected_by_a_colleague_and_by_no_other_organisation";
const COMES_BACK: &str = "whoever_signed_up_connects_it_again_by_logging_in_with_xero_on_any_browser";
const ERASED: &str = "after_an_erasure_nobody_is_left_in_the_table_and_another_portal_is_as_it_was";
const RECEIPT: &str = "a_receipt_names_nobody_is_read_without_a_session_and_is_gone_after_thirty_days";
const BACKUPS: &str = "test_state_and_sealing_keys_outlive_the_stack";
const PICTURE: &str = "test_what_is_committed_is_what_would_be_drawn";

const PAYROLL_ROLE: &str = "whoever_has_no_payroll_role_is_told_before_anything_is_promised";
const SHOWN_FIRST: &str = "what_changed_at_xero_since_is_shown_and_nothing_is_imported_before_another_press";
const OWNER: &str = "the_owner_on_the_payroll_is_linked_and_stays_administrator";
const REASONS: &str = "of_213_people_200_are_created_with_five_courses_each_and_13_are_told_why_not";
const NO_LEARNER: &str = "a_learner_is_turned_away_and_nothing_of_the_portal_is_kept";
const UNDO_ROOM: &str = "an_administrator_is_told_exactly_what_goes_and_then_what_went";
const SEALED: &str = "tokens_are_sealed_and_another_owner_s_seal_opens_nothing";
const REFERENCE: &str = "what_go1_refuses_is_told_with_a_reference_and_can_be_tried_again";

/// The page's answers by their ids, in its order.
pub(crate) const ANSWERS: &[(&str, &[Sentence])] = &[
    (
        "countries",
        &[
            ("Organisations in the United States and in Australia that use Xero.", &[COUNTRIES]),
            ("The country that counts is the one in Xero.", &[COUNTRIES]),
            (
                "In Australia the people come from Xero Payroll, and you need to be a payroll administrator there.",
                &[COUNTRIES, PAYROLL_ROLE],
            ),
            (
                "In the United States, where Xero has no payroll of its own, they are the people who can log in to your organisation in Xero.",
                &[COUNTRIES],
            ),
        ],
    ),
    (
        "when",
        &[
            ("Only when you press the button.", &[NO_PRESS]),
            (
                "It is manual: there is no schedule, no real-time sync and none at login, and nothing is read from Xero in the background.",
                &[NO_PRESS],
            ),
            (
                "You see exactly who will be imported, and if Xero has changed when you confirm, you are shown the new list first.",
                &[SHOWN_FIRST],
            ),
            ("Somebody who joins in Xero appears in GO1 only after your next import.", &[NO_PRESS]),
            ("There are no settings for it.", &[NO_PRESS, ROOMS]),
        ],
    ),
    (
        "data",
        &[
            ("First name, last name and email address.", &[FIELDS]),
            ("Nothing else about your people is passed on, and nothing is written to Xero.", &[FIELDS]),
            (
                "From Xero we take your own name and email address, the name, country and time zone of your organisation, and of each person the number in Xero, both names, the email address, and whether they still work there or, in the United States, their role.",
                &[MARKS, PICTURE],
            ),
            ("Whatever else Xero sends with that is dropped at once and kept nowhere.", &[MARKS]),
        ],
    ),
    ("flow", &[("", &[PICTURE])]),
    (
        "not",
        &[
            ("It does nothing by itself.", &[NO_PRESS]),
            ("Adding somebody in Xero does not add them to GO1: your next import does.", &[NO_PRESS]),
            ("It passes on nothing but first name, last name and email address.", &[FIELDS]),
            (
                "It does not keep GO1 up to date with Xero: a changed name or email address stays as it was imported.",
                &[UNCHANGED],
            ),
            ("It removes and deactivates nobody, unless you undo an import.", &[UNCHANGED, LEAVERS]),
            ("It does not change the role of somebody who has an account in the portal already.", &[UNCHANGED, OWNER]),
            ("It does not take pay, bank or tax details, birth dates, phone numbers or addresses.", &[MARKS]),
            ("It does not send anything back to Xero.", &[FIELDS]),
        ],
    ),
    (
        "people",
        &[
            ("Up to 200 people for a portal, in total, in as many imports as you want.", &[PLACES]),
            ("A place that was used stays used, also after an undo.", &[UNDONE, LEAVERS]),
            (
                "Everybody who works there, with a first name, a last name and an email address of their own, can be imported.",
                &[WHO],
            ),
            ("The page tells you who cannot be and why.", &[REASONS]),
            ("Each new person gets a welcome email from GO1.", &[WHO]),
        ],
    ),
    (
        "existing",
        &[
            ("Yes, if you are an administrator of it.", &[CONNECTS, NO_LEARNER]),
            ("On the start page or on the form choose I already have a portal, and log in with GO1.", &[CONNECTS]),
            ("No second portal is made, and its people, courses and settings stay as they are.", &[CONNECTS]),
            ("A portal is connected with one organisation in Xero, and stays with it.", &[ONE_ORGANISATION]),
        ],
    ),
    (
        "manage",
        &[
            ("Log in to your GO1 portal and go to Integrations.", &[CONFIGURE]),
            ("At Xero, press Configure.", &[CONFIGURE]),
            ("GO1 tells us that you are an administrator; nobody else gets in.", &[ONLY_ADMINISTRATORS]),
            ("Overview says what is connected and how it stands, and what has been imported.", &[ROOMS]),
            ("Users says who was imported, and lets you import from Xero.", &[ROOMS]),
            ("Settings says how it is used, what is held and who did what, and lets you disconnect.", &[ROOMS, TRAIL]),
            ("You stay logged in for an hour; then you log in with GO1 again.", &[AN_HOUR]),
        ],
    ),
    (
        "again",
        &[
            ("Go to Users in your portal's Xero pages, and press Import from Xero.", &[ROOMS]),
            ("You see who is new, who is in already, and who cannot be imported and why.", &[DIFFERENCE]),
            ("You can do that whenever you want, up to 200 people in total.", &[PLACES]),
            (
                "Whoever signed up can also come back here: log in with Xero, and you come back to where you stopped, in the middle of the sign-up or at your portal's page.",
                &[BACK, UNFINISHED],
            ),
            ("If you connected a portal that you had already, you log in with GO1 after that.", &[BY_GO1]),
            ("Where an import stops because GO1 wants you to log in, every page says so.", &[LOGIN_WANTED]),
            (
                "It waits for that for seven days; then it ends, and what was done by then stays done.",
                &[LOGIN_FOR_A_WEEK],
            ),
        ],
    ),
    (
        "leavers",
        &[
            ("In GO1, nothing.", &[LEAVERS]),
            (
                "A person who has left in Xero is no longer offered for import, and the next look tells you about them; whoever is only missing from Xero's list is told after two looks, because the list can move while it is read.",
                &[LEAVERS, DIFFERENCE, ONE_LOOK],
            ),
            (
                "In the United States somebody without a Xero login is no longer a Xero user, which says nothing about whether they work for you.",
                &[CORPUS],
            ),
            (
                "Nobody is ever removed from your portal because of that: deactivate them in the portal yourself.",
                &[LEAVERS],
            ),
            ("Their place does not become free.", &[LEAVERS]),
        ],
    ),
    (
        "undo",
        &[
            ("Yes, for seven days after it has ended: on the Overview, beside the import.", &[UNDO_A_WEEK, ROOMS]),
            ("Before you confirm, the page says exactly what happens:", &[UNDO_ROOM]),
            ("The course enrolments that the import made are taken back.", &[UNDONE]),
            ("What somebody has begun or finished stays, with its progress.", &[UNDO_BEGUN]),
            (
                "The accounts that it created are deactivated, unless they have got another role by now.",
                &[UNDONE, UNDO_ROLE],
            ),
            ("GO1 cannot delete accounts.", &[GO1]),
            ("Accounts that existed before are not touched, but for the courses of the import.", &[UNDO_BEFORE]),
            ("Places are not given back.", &[UNDONE]),
            (
                "If you import the same people again, they keep their places, and their accounts are activated again.",
                &[UNDO_AGAIN],
            ),
        ],
    ),
    (
        "disconnect",
        &[
            (
                "Between imports nothing is read from Xero, but our access stays in place, locked away, so that you can import again.",
                &[NO_PRESS, SEALED],
            ),
            (
                "To end it, go to Settings in your portal's Xero pages and press Disconnect Xero; whoever signed up can also disconnect here.",
                &[ROOMS, DISCONNECTED],
            ),
            ("The page says what goes and what stays before you confirm.", &[DISCONNECTED]),
            ("Disconnecting removes the connection at Xero, and our access to it.", &[DISCONNECTED]),
            ("Your portal, its users and their courses stay as they are.", &[DISCONNECTED]),
            ("You can also disconnect in Xero, under Settings, then Connected apps.", &[AT_XERO]),
        ],
    ),
    (
        "reconnect",
        &[
            (
                "Press Reconnect Xero on the Overview or in the Settings, and choose the same organisation.",
                &[RECONNECTED, TROUBLE],
            ),
            ("Another one is refused: a portal stays with its organisation.", &[RECONNECTED]),
            (
                "Whoever signed up can also log in with Xero here: choosing the same organisation connects it again.",
                &[COMES_BACK],
            ),
            ("The Overview also says when Xero no longer lets us in, and why.", &[TROUBLE]),
        ],
    ),
    (
        "erase",
        &[
            ("In the Settings, press Erase what we hold.", &[ERASED]),
            ("That disconnects Xero, and removes every name, email address and access that we hold.", &[ERASED]),
            ("You get a receipt that says what was removed.", &[RECEIPT]),
            ("Your portal, its users and their courses stay as they are.", &[ERASED]),
            (
                "What stays with us names nobody: which organisation has which portal, how many of the 200 places are used, and what was done when.",
                &[ERASED],
            ),
            (
                "Backups of our table stay for up to 35 days, and nobody reads them unless the table is lost.",
                &[BACKUPS],
            ),
        ],
    ),
    (
        "kept",
        &[
            ("The list of people that you look at: one day.", &[KEPT]),
            ("Names and email addresses of an import, for its report: 30 days.", &[KEPT]),
            (
                "Your own name and email address, what you accepted, and who pressed what and from where: until you erase it.",
                &[ERASED],
            ),
            ("A sign-up that never came to a portal: 90 days.", &[KEPT]),
            (
                "Access to Xero, sealed: until you disconnect, or 61 days after its last use.",
                &[DISCONNECTED, SEALED, KEPT],
            ),
            (
                "Access to the portal, sealed: until you erase it, or 91 days after its last use.",
                &[ERASED, SEALED, KEPT],
            ),
            (
                "Which Xero employee has which GO1 account, without names, so that nobody is created twice: until you erase it.",
                &[ERASED],
            ),
        ],
    ),
    (
        "cancel",
        &[
            ("The portal is GO1's.", &[GO1]),
            ("To cancel it, or to have people removed from it, contact support.", &[HELP]),
            ("As an administrator you can deactivate people in the portal yourself.", &[GO1]),
        ],
    ),
    (
        "support",
        &[("Write to help@example.com.", &[HELP]), ("If a page showed you a reference, please add it.", &[REFERENCE])],
    ),
];
