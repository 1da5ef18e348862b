//! What is leaned on of Xero.

crate::fact::facts! {
    CONSENT = "xero/consent", Documented, "GET /identity/connect/authorize",
        "A consent comes back to the registered address with a code and the state that was sent.",
        "developer.xero.com/documentation/guides/oauth2/auth-flow", "every sign-up and every reconnection";
    CODE = "xero/code", Documented, "POST /connect/token",
        "A code brings an access token of half an hour, a refresh token and an id_token that Xero's published keys verify.",
        "developer.xero.com/documentation/guides/oauth2/auth-flow", "every sign-up; nobody is known without it";
    NONCE = "xero/nonce", SeenElsewhere, "POST /connect/token",
        "The id_token has the nonce that was sent.",
        "Xero's own sign-up samples use a library that requires it (XeroAPI/xero-sso-signup samples)",
        "the guard against an id_token of another login";
    EVENT = "xero/event", SeenElsewhere, "GET /connections?authEventId=",
        "The access token names the consent, and the connections of that consent are listed by it.",
        "github.com/XeroAPI/xero-node/issues/474, github.com/XeroAPI/xero-php-oauth2/issues/18",
        "which organisation was just chosen; where it is not told, our own page asks";
    CONNECTIONS = "xero/connections", Documented, "GET /connections",
        "The connections are a bare list with tenant id, type and name.",
        "xero-identity.yaml of XeroAPI/Xero-OpenAPI", "the page of organisations, every check of a connection";
    ORGANISATION = "xero/organisation", Documented, "GET /Organisation",
        "An organisation has a name, a country and a time zone.",
        "xero_accounting.yaml of XeroAPI/Xero-OpenAPI", "which country's people and courses; the new portal's time zone";
    ACTIONS = "xero/actions", SeenElsewhere, "GET /Organisation/Actions",
        "The actions tell whether the user administers payroll.",
        "Xero's older documentation lists AdministerPayroll; the example in xero_accounting.yaml does not",
        "the hint before payroll is asked; without it payroll's own answer decides";
    EMPLOYEES = "xero/employees", Documented, "GET /Employees?page=",
        "Payroll in Australia lists employees with id, names, email and status, 100 a page.",
        "xero-payroll-au.yaml of XeroAPI/Xero-OpenAPI", "everybody who is imported in Australia";
    LEAVERS = "xero/leavers", Assumed, "GET /Employees?page=",
        "The list of employees has those who have left, marked TERMINATED.",
        "an older page says that the list is of active employees; public code filters leavers out of it",
        "the advice about leavers; without them nobody is wrongly imported";
    USERS = "xero/users", Documented, "GET /Users",
        "The users of an organisation are listed with email and role.",
        "xero_accounting.yaml of XeroAPI/Xero-OpenAPI", "everybody who is imported in the United States";
    CONTACT_GROUPS = "xero/contact-groups", Documented, "GET /ContactGroups",
        "The contact groups of an organisation are listed with id and name.",
        "xero_accounting.yaml of XeroAPI/Xero-OpenAPI", "the choice of a group in the United States";
    CONTACTS = "xero/contacts", Documented, "GET /ContactGroups/{id}, GET /Contacts?IDs=",
        "A group has the ids of its contacts, and contacts are listed by ids with names, email and status, fifty at once.",
        "xero_accounting.yaml of XeroAPI/Xero-OpenAPI; how many at once: github.com/XeroAPI/Xero-NetStandard/issues/471",
        "everybody who is imported of a contact group";
    BAD_TOKEN = "xero/bad-token", Documented, "GET /Organisation",
        "A token that is none is answered 401.",
        "developer.xero.com/documentation/guides/oauth2/troubleshooting", "the one renewal after a refusal";
    REFRESH = "xero/refresh", Documented, "POST /connect/token",
        "A refresh brings another refresh token.",
        "developer.xero.com/faq/oauth2", "every import that begins more than half an hour after the login";
    OLD_REFRESH = "xero/old-refresh", Documented, "POST /connect/token",
        "For half an hour the refresh token before works as well, as often as it is needed.",
        "developer.xero.com/faq/oauth2; as often as needed: Xero's staff in its community",
        "a renewal whose answer was lost costs no login";
    DISCONNECT = "xero/disconnect", Documented, "DELETE /connections/{id}",
        "A connection is removed, and removing it again is answered 404, or 403 while the list does not have it.",
        "xero-identity.yaml of XeroAPI/Xero-OpenAPI says 404; issue 403 of XeroAPI/xero-node says 403",
        "disconnecting and erasing; the count of connections";
    REVOKED = "xero/revoked", SeenElsewhere, "POST /connect/revocation",
        "A refresh token is revoked where the request says that it is one.",
        "pull request 390 of XeroAPI/xero-ruby; without it 500, issue 103 of dcblogdev/laravel-xero",
        "the last organisation of a login leaves no access at Xero";
}
