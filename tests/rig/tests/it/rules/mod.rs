//! What holds everywhere: what may be nowhere, what nobody gets of another, what the help page promises.

mod alarms;
mod corpus;
mod edge;
mod faq;
mod forms;
mod http_events;
mod limits;
mod logs;
mod privacy;
mod retention;
mod rights;
mod routes;
mod security_events;
mod tenancy;
mod wire;
