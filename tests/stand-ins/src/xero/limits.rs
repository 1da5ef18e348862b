//! Xero's rate limits: a minute and a day for each tenant, a minute for the app, and calls at the same time
//! (<https://developer.xero.com/documentation/guides/oauth2/limits/>).

use std::collections::HashMap;

use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};

use crate::settings::{XeroLimit, XeroLimits};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone, Debug, Default)]
struct Window {
    started: Option<Timestamp>,
    count: u32,
}

impl Window {
    /// Starts a new window where the old one is over.
    fn roll(&mut self, now: Timestamp, length: SignedDuration) {
        if self.started.is_none_or(|started| now.duration_since(started) >= length) {
            self.started = Some(now);
            self.count = 0;
        }
    }

    /// Uses up all calls of the window, and moves it so that it ends `left` from now.
    fn use_up(&mut self, now: Timestamp, length: SignedDuration, left: SignedDuration, limit: u32) {
        self.started = now.checked_sub(length - left).ok();
        self.count = limit;
    }

    /// The seconds until the window ends, rounded up, and at least one.
    fn seconds_left(&self, now: Timestamp, length: SignedDuration) -> i64 {
        let passed = self.started.map_or(SignedDuration::ZERO, |started| now.duration_since(started));
        (length.as_millis() - passed.as_millis() + 999).div_euclid(1000).max(1).try_into().unwrap_or(1)
    }
}

#[derive(Clone, Debug, Default)]
struct Tenant {
    minute: Window,
    day: Window,
    running: u32,
    /// Until when no call is let through, as if others used up the calls at the same time.
    busy_until: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    tenants: HashMap<String, Tenant>,
    app_minute: Window,
}

impl Limits {
    /// Counts a call, or refuses it. A call with a tenant that is let through must be ended with [`Self::end_call`].
    pub(crate) fn start_call(
        &mut self,
        limits: XeroLimits,
        tenant: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Box<Response>> {
        self.app_minute.roll(now, MINUTE);
        if self.app_minute.count >= limits.app_minute {
            return Err(Box::new(refusal("appminute", None)));
        }
        if let Some(tenant) = tenant {
            let tenant = self.tenants.entry(tenant.to_owned()).or_default();
            tenant.minute.roll(now, MINUTE);
            tenant.day.roll(now, DAY);
            if tenant.day.count >= limits.day {
                return Err(Box::new(refusal("day", Some(tenant.day.seconds_left(now, DAY)))));
            }
            if tenant.minute.count >= limits.minute {
                return Err(Box::new(refusal("minute", Some(tenant.minute.seconds_left(now, MINUTE)))));
            }
            if tenant.running >= limits.concurrent || tenant.busy_until.is_some_and(|until| now < until) {
                return Err(Box::new(refusal("concurrent", None)));
            }
            tenant.minute.count += 1;
            tenant.day.count += 1;
            tenant.running += 1;
        }
        self.app_minute.count += 1;
        Ok(())
    }

    /// Uses up one of the limits, so that calls are refused until `left` from now. The app's own limit needs no tenant.
    pub(crate) fn exhaust(
        &mut self,
        limit: XeroLimit,
        limits: XeroLimits,
        tenant: &str,
        left: SignedDuration,
        now: Timestamp,
    ) {
        if limit == XeroLimit::AppMinute {
            self.app_minute.use_up(now, MINUTE, left, limits.app_minute);
            return;
        }
        let tenant = self.tenants.entry(tenant.to_owned()).or_default();
        match limit {
            XeroLimit::Minute => tenant.minute.use_up(now, MINUTE, left, limits.minute),
            XeroLimit::Day => tenant.day.use_up(now, DAY, left, limits.day),
            XeroLimit::Concurrent | XeroLimit::AppMinute => tenant.busy_until = now.checked_add(left).ok(),
        }
    }

    pub(crate) fn end_call(&mut self, tenant: &str) {
        if let Some(tenant) = self.tenants.get_mut(tenant) {
            tenant.running = tenant.running.saturating_sub(1);
        }
    }

    /// Adds the headers that say how many calls are left. Without a tenant there is only the one for the app.
    pub(crate) fn add_remaining_calls(&self, limits: XeroLimits, tenant: Option<&str>, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert(
            "x-appminlimit-remaining",
            HeaderValue::from(limits.app_minute.saturating_sub(self.app_minute.count)),
        );
        if let Some(tenant) = tenant.and_then(|tenant| self.tenants.get(tenant)) {
            headers
                .insert("x-minlimit-remaining", HeaderValue::from(limits.minute.saturating_sub(tenant.minute.count)));
            headers.insert("x-daylimit-remaining", HeaderValue::from(limits.day.saturating_sub(tenant.day.count)));
        }
    }
}

fn refusal(problem: &'static str, retry_after: Option<i64>) -> Response {
    let mut response = (StatusCode::TOO_MANY_REQUESTS, "The rate limit is exceeded").into_response();
    response.headers_mut().insert("x-rate-limit-problem", HeaderValue::from_static(problem));
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
    }
    response
}
