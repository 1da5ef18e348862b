//! What is leaned on of GO1.

crate::fact::facts! {
    PARTNER_TOKEN = "go1/partner-token", Documented, "POST /oauth/token",
        "Client credentials bring a token of some hours.",
        "go1.com/developers/partners/concepts/client_credentials", "everything as a partner: portals are made with it";
    MISSING_SCOPE = "go1/missing-scope", SeenElsewhere, "GET /user-accounts",
        "A call that the token has no scope for is answered 401 in the words Missing scopes.",
        "rest_client.php of Totara's contentmarketplace_goone 2.0", "no single-use refresh token is spent for a scope that is missing";
    PORTAL_CREATED = "go1/portal-created", Documented, "POST /portals",
        "A portal is made with its owner's account and tokens for it.",
        "GO1's REST reference 2025-01-01", "every customer without a portal";
    PORTAL_TAKEN = "go1/portal-taken", Documented, "POST /portals",
        "A second portal at the same address is refused as PORTAL_ALREADY_EXIST.",
        "GO1's REST reference 2025-01-01", "two customers who want one address; a creation that is repeated";
    PORTAL_FOUND = "go1/portal-found", Assumed, "GET /portals?keyword=",
        "A search for a portal's whole address finds it.",
        "the reference says keyword and not what it is compared with", "after a lost answer the portal is found and no second one is made";
    PORTAL_CUSTOMER = "go1/portal-customer", Documented, "GET /portals/{id}?include_external_customer_id=true",
        "A portal tells whose it is where that is asked for.",
        "GO1's REST reference 2025-01-01", "after a lost answer another customer's portal at our address is not taken for ours";
    PORTAL_RIGHTS = "go1/portal-rights", Assumed, "POST /portals",
        "The tokens that come with a new portal may read and create its accounts, enrollments and one-time logins.",
        "the reference does not say what they may", "every import without a login at GO1 before it";
    COURSES = "go1/courses", Documented, "GET /learning-objects?id[]=",
        "The five courses are read in one call, with title, picture and length.",
        "GO1's REST reference 2025-01-01", "the preview";
    PICTURES = "go1/pictures", SeenElsewhere, "GET /learning-objects?id[]=",
        "The pictures come from the origins that the pages allow.",
        "the examples of GO1's REST reference; GO1 names no origin", "the pictures on the preview; others are blocked by the browser";
    LICENSED = "go1/licensed", Assumed, "POST /enrollments",
        "A new portal has a licence for each of the five courses.",
        "an agreement with GO1 decides it; GO1's own library answers 403 without a licence", "every enrollment: without it nobody gets a course";
    ACCOUNT_CREATED = "go1/account-created", SeenElsewhere, "POST /user-accounts",
        "An account is created by names, email, user name and role, and its id is told.",
        "Totara's contentmarketplace_goone 2.0", "everybody who is imported";
    ACCOUNT_BY_ID = "go1/account-by-id", Assumed, "GET /user-accounts/{id}",
        "An account is there by its id as soon as its creation is answered.",
        "nothing is promised", "an undo and a repeated import look by the id";
    ACCOUNT_TELLS = "go1/account-tells", SeenElsewhere, "GET /user-accounts/{id}",
        "An account tells its portal, its role, whether it is active, and when it was created by a clock like ours.",
        "Airbyte's source-go1-lms", "which accounts are ours; who is an administrator; an undo";
    SEARCH_SHOWS = "go1/search-shows", Assumed, "GET /user-accounts?email=",
        "A search shows an account at the latest two minutes after its creation.",
        "nothing is promised", "nobody gets a second account after a lost answer";
    ACCOUNT_TWICE = "go1/account-twice", Assumed, "POST /user-accounts",
        "A second creation for an email of the portal is refused, with 400, 409 or 422 and no named field, and makes no account.",
        "no source shows the answer", "nobody gets a second account from a second message";
    STATUS = "go1/status", Assumed, "PATCH /user-accounts/{id}",
        "An account is made inactive and active by its status.",
        "no public example of writing it", "an undo, and importing somebody again";
    ENROLLED = "go1/enrolled", Documented, "POST /enrollments",
        "A course is assigned to an account.",
        "GO1's REST reference 2025-01-01", "the courses of everybody who is imported";
    ENROLLED_TWICE = "go1/enrolled-twice", Documented, "POST /enrollments",
        "A second assignment is answered 409 enrollment_exists and changes nothing.",
        "GO1's REST reference 2025-01-01", "assigning is repeated without a look before it";
    ENROLLMENT_BY_ID = "go1/enrollment-by-id", Assumed, "GET /enrollments/{id}",
        "An enrollment is there by its id as it is now.",
        "the reference has the call and promises no time", "an undo leaves what a learner has begun";
    ENROLLMENTS_LISTED = "go1/enrollments-listed", Assumed, "GET /enrollments?user_account_id=",
        "The list of an account's enrollments shows a new one at the latest two minutes after it.",
        "nothing is promised", "an undo finds what it takes back";
    ENROLLMENT_REMOVED = "go1/enrollment-removed", Documented, "DELETE /enrollments/{id}",
        "An enrollment is removed, and removing it again is answered 404.",
        "GO1's REST reference 2025-01-01", "an undo, also one that is cut off and repeated";
    ONE_TIME_LOGIN = "go1/one-time-login", SeenElsewhere, "POST /user-accounts/{id}/login",
        "A one-time token is given for the owner's account.",
        "Totara's contentmarketplace_goone 2.0; GO1 grants user.login on request", "Get started leads into the portal without a password";
    LOGIN = "go1/login", Documented, "GET /oauth/authorize",
        "A login with PKCE comes back to the registered address with a code and the state that was sent, and the code brings tokens.",
        "GO1's older developer documentation; Totara's oauth.php", "managing a portal, and connecting one that exists";
    ME = "go1/me", SeenElsewhere, "GET /v2/me",
        "The second API tells the email of who logged in.",
        "a public React client; the third API has no such call", "who manages a portal";
    LOGIN_PORTAL = "go1/login-portal", Assumed, "GET /user-accounts, GET /portals",
        "The account of who logged in, or the only portal that is listed, tells which portal it was and that they administer it.",
        "the account's portal_id is in Airbyte's records; nothing says that it is told to a login", "nobody manages another's portal";
    REFRESH = "go1/refresh", Documented, "POST /oauth/token",
        "A refresh brings another pair.",
        "go1.com/developers/partners/concepts/refresh_token", "every import more than twelve hours after the portal's last";
    USED_REFRESH = "go1/used-refresh", SeenElsewhere, "POST /oauth/token",
        "A refresh token that was used is refused as dead: 401 with an error, or 400 invalid_grant.",
        "Totara's oauth.php takes 401; league/oauth2-server issue 993", "a dead grant asks for a login, and an outage does not";
}
