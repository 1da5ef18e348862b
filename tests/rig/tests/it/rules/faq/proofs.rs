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
const USERS: &str = "users_are_everybody_in_the_portal_sorted_over_all_pages_with_who_was_imported_marked";
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
const STOPPED: &str = "a_stop_in_the_middle_finishes_whoever_has_begun";
const STOPPED_LATER: &str = "whom_a_stop_left_out_a_later_import_brings";
const CORRECTED: &str = "from_each_step_the_details_lead_back_without_saving_and_say_what_a_save_changed";
const CHANGED_EMAIL: &str = "the_people_page_shows_the_email_of_the_owner_and_leads_to_where_it_is_changed";
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

const GROUP: &str = "an_organisation_of_two_users_imports_the_forty_contacts_of_its_group";
const ONLY_THE_GROUP: &str = "two_hundred_contacts_are_read_with_four_reads_more_than_users_and_nobody_else_is";
const LEFT_GROUP: &str = "whoever_leaves_the_group_is_no_leaver_and_whoever_joins_is_new";
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
            ("Organisations in the United States and Australia that use Xero.", &[COUNTRIES]),
            ("What counts is the country set in Xero.", &[COUNTRIES]),
            (
                "In Australia, people come from Xero Payroll, and you need to be a payroll administrator there.",
                &[COUNTRIES, PAYROLL_ROLE],
            ),
            (
                "In the United States, where Xero has no payroll, they’re the people who can log in to your company in Xero.",
                &[COUNTRIES],
            ),
            ("Or you choose a contact group in Xero, and they’re the contacts in it.", &[GROUP]),
        ],
    ),
    (
        "when",
        &[
            ("Only when you press Import.", &[NO_PRESS]),
            ("There’s no schedule, no sync, and nothing is read from Xero in the background.", &[NO_PRESS]),
            ("You see exactly who’ll be imported.", &[SHOWN_FIRST]),
            ("If Xero changes before you confirm, we show you the new list first.", &[SHOWN_FIRST]),
            ("Someone who joins in Xero appears in GO1 only after your next import.", &[NO_PRESS]),
            ("There’s nothing to set up.", &[NO_PRESS, ROOMS]),
        ],
    ),
    (
        "data",
        &[
            ("First name, last name and email address.", &[FIELDS]),
            ("Nothing else about your people, and nothing is written to Xero.", &[FIELDS]),
            (
                "From Xero we read your own name and email address, the name, country and time zone of your organisation, and for each person their Xero id, first and last name, email address, and whether they still work there or, in the United States, their role.",
                &[MARKS, PICTURE],
            ),
            (
                "If you choose a contact group, Xero asks you to allow contacts, and we read only the names of your groups and the contacts in the one you choose.",
                &[GROUP, ONLY_THE_GROUP],
            ),
            ("Anything else Xero sends with that is dropped immediately.", &[MARKS]),
        ],
    ),
    ("flow", &[("", &[PICTURE])]),
    (
        "not",
        &[
            ("It doesn’t act on its own.", &[NO_PRESS]),
            ("Adding someone in Xero doesn’t add them to GO1: your next import does.", &[NO_PRESS]),
            ("It doesn’t send anything but first name, last name and email address.", &[FIELDS]),
            ("It doesn’t keep GO1 in step with Xero.", &[UNCHANGED]),
            ("A name or email that changes in Xero stays as it was imported.", &[UNCHANGED]),
            ("It doesn’t remove or deactivate anyone, unless you undo an import.", &[UNCHANGED, LEAVERS]),
            ("It doesn’t change the role of someone who already has an account.", &[UNCHANGED, OWNER]),
            ("It doesn’t take pay, bank or tax details, birth dates, phone numbers or addresses.", &[MARKS]),
            ("It doesn’t send anything back to Xero.", &[FIELDS]),
        ],
    ),
    (
        "people",
        &[
            ("Up to 200 people per portal in total, over as many imports as you like.", &[PLACES]),
            ("A place that’s been used stays used, even after an undo.", &[UNDONE, LEAVERS]),
            ("Anyone who works there and has a first name, a last name and their own email address.", &[WHO]),
            ("We show you who can’t be imported and why.", &[REASONS]),
            ("GO1 emails a welcome to each new person.", &[WHO]),
        ],
    ),
    (
        "existing",
        &[
            ("Yes, if you’re an administrator of it.", &[CONNECTS, NO_LEARNER]),
            ("On the home page or the form, choose Connect my portal, and sign in with GO1.", &[CONNECTS]),
            ("You won’t get a second portal, and its people, courses and settings stay as they are.", &[CONNECTS]),
            ("A portal is connected to one organisation in Xero, and stays with it.", &[ONE_ORGANISATION]),
        ],
    ),
    (
        "manage",
        &[
            ("Sign in to your GO1 portal and go to Integrations.", &[CONFIGURE]),
            ("On the Xero tile, press Configure.", &[CONFIGURE]),
            ("GO1 tells us that you’re an administrator.", &[ONLY_ADMINISTRATORS]),
            ("No one else gets in.", &[ONLY_ADMINISTRATORS]),
            ("Overview shows what’s connected, how it’s going, and what’s been imported.", &[ROOMS]),
            (
                "Users shows everyone in your portal and which of them were imported, and lets you import from Xero.",
                &[ROOMS, USERS],
            ),
            ("Settings shows how it’s used, what we hold and who did what, and lets you disconnect.", &[ROOMS, TRAIL]),
            ("You stay signed in for an hour.", &[AN_HOUR]),
            ("Then you sign in with GO1 again.", &[AN_HOUR]),
        ],
    ),
    (
        "again",
        &[
            ("Go to Users in your portal’s Xero pages, and press Import from Xero.", &[ROOMS]),
            ("You’ll see who’s new, who’s already imported, and who can’t be and why.", &[DIFFERENCE]),
            ("Do it as often as you like, up to 200 people in total.", &[PLACES]),
            (
                "If you’re the person who signed up, you can also sign in with Xero here to get back to where you left off, or to your portal’s page.",
                &[BACK, UNFINISHED],
            ),
            ("If you connected a portal you already had, you’ll sign in with GO1 after that.", &[BY_GO1]),
            ("If an import pauses because GO1 needs you to sign in, every page tells you.", &[LOGIN_WANTED]),
            ("It waits seven days.", &[LOGIN_FOR_A_WEEK]),
            ("After that it ends, and what’s done stays done.", &[LOGIN_FOR_A_WEEK]),
        ],
    ),
    (
        "leavers",
        &[
            ("In GO1, nothing.", &[LEAVERS]),
            (
                "Someone who has left in Xero is no longer offered for import, and the next time you preview your people, we tell you.",
                &[LEAVERS, DIFFERENCE],
            ),
            (
                "If someone is only missing from Xero’s list, we tell you after two previews, because the list can shift while we read it.",
                &[ONE_LOOK, DIFFERENCE],
            ),
            (
                "In the United States, someone without a Xero login is no longer a Xero user, which says nothing about whether they work for you.",
                &[CORPUS],
            ),
            ("If someone is no longer in your contact group, we don’t treat that as having left.", &[LEFT_GROUP]),
            ("We never remove anyone from your portal because of that: you can deactivate them there.", &[LEAVERS]),
            ("Their place isn’t freed.", &[LEAVERS]),
        ],
    ),
    (
        "stop",
        &[
            ("Yes.", &[STOPPED]),
            ("While it runs, press Stop the import on its page.", &[STOPPED]),
            ("We finish the people we’ve started, and no one else is imported.", &[STOPPED]),
            ("What’s done stays done, and you can import the others later.", &[STOPPED_LATER]),
        ],
    ),
    (
        "correct",
        &[
            (
                "Yes, until your portal is created: press Change your email below the list of people, or go back to the first step.",
                &[CORRECTED, CHANGED_EMAIL],
            ),
            ("After that, GO1 has your name and email address, and you can change them there.", &[CORRECTED, GO1]),
        ],
    ),
    (
        "undo",
        &[
            ("Yes, for seven days after it finishes: on the Overview, next to the import.", &[UNDO_A_WEEK, ROOMS]),
            ("You’ll see exactly what happens before you confirm:", &[UNDO_ROOM]),
            ("The courses it assigned are removed.", &[UNDONE]),
            ("Anything started or finished stays, with its progress.", &[UNDO_BEGUN]),
            (
                "The accounts it created are deactivated, unless they’ve been given another role since.",
                &[UNDONE, UNDO_ROLE],
            ),
            ("GO1 can’t delete accounts.", &[GO1]),
            (
                "Accounts that existed before aren’t touched, apart from the courses the import assigned.",
                &[UNDO_BEFORE],
            ),
            ("Places aren’t given back.", &[UNDONE]),
            (
                "If you import the same people again, they keep their places, and their accounts are reactivated.",
                &[UNDO_AGAIN],
            ),
        ],
    ),
    (
        "disconnect",
        &[
            (
                "Nothing is read from Xero between imports, but our access stays in place, encrypted, so that you can import again.",
                &[NO_PRESS, SEALED],
            ),
            (
                "To end it, go to Settings in your portal’s Xero pages and press Disconnect Xero.",
                &[ROOMS, DISCONNECTED],
            ),
            ("The person who signed up can also disconnect here.", &[DISCONNECTED]),
            ("You’ll see what goes and what stays before you confirm.", &[DISCONNECTED]),
            ("Disconnecting removes the connection in Xero, and our access to it.", &[DISCONNECTED]),
            ("Your portal, its people and their courses stay as they are.", &[DISCONNECTED]),
            ("You can also disconnect in Xero, under Settings, then Connected apps.", &[AT_XERO]),
        ],
    ),
    (
        "reconnect",
        &[
            (
                "Press Reconnect Xero on the Overview or in Settings, and choose the same organisation.",
                &[RECONNECTED, TROUBLE],
            ),
            ("You can’t choose another: a portal stays with its organisation.", &[RECONNECTED]),
            ("The person who signed up can also sign in with Xero here and choose it.", &[COMES_BACK]),
            ("If Xero ever stops letting us in, the Overview says so, and why.", &[TROUBLE]),
        ],
    ),
    (
        "erase",
        &[
            ("In Settings, press Erase what we hold.", &[ERASED]),
            ("That disconnects Xero, and deletes every name, email address and access we hold.", &[ERASED]),
            ("You’ll get a receipt that lists what was removed.", &[RECEIPT]),
            ("Your portal, its people and their courses stay as they are.", &[ERASED]),
            (
                "What we keep names no one: which organisation has which portal, how many of the 200 places are used, and what was done when.",
                &[ERASED],
            ),
            (
                "Backups of our database are kept for up to 35 days, and no one reads them unless the database is lost.",
                &[BACKUPS],
            ),
        ],
    ),
    (
        "kept",
        &[
            ("The list of people you preview: one day.", &[KEPT]),
            ("Names and email addresses of an import, for its report: 30 days.", &[KEPT]),
            (
                "Your own name and email address, what you accepted, and who pressed what and from where: until you erase it.",
                &[ERASED],
            ),
            ("A sign-up that never became a portal: 90 days.", &[KEPT]),
            (
                "Access to Xero, encrypted: until you disconnect, or 61 days after its last use.",
                &[DISCONNECTED, SEALED, KEPT],
            ),
            (
                "Access to the portal, encrypted: until you erase it, or 91 days after its last use.",
                &[ERASED, SEALED, KEPT],
            ),
            (
                "Which person in Xero has which GO1 account, without names, so that no one gets two: until you erase it.",
                &[ERASED],
            ),
        ],
    ),
    (
        "cancel",
        &[
            ("Your portal is with GO1.", &[GO1]),
            ("To cancel it, or to have people removed from it, contact support.", &[HELP]),
            ("As an administrator you can deactivate people in the portal yourself.", &[GO1]),
        ],
    ),
    (
        "support",
        &[
            ("Write to help@example.com.", &[HELP]),
            ("If a page showed you a reference, please include it.", &[REFERENCE]),
        ],
    ),
];
