//! The sample courses of the catalogue: five for Australia and five for the United States.

/// A course of the premium catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// The id by which enrolments name the course.
    pub lo_id: &'static str,
    /// The country whose portals have a licence for the course, `AU` or `US`.
    pub country: &'static str,
    pub title: &'static str,
    /// The maker of the course.
    pub provider: &'static str,
    pub minutes: u32,
    /// At most 120 characters.
    pub summary: &'static str,
    /// HTML as the author wrote it, which must not be trusted.
    pub description: &'static str,
    /// Whether the course has left the catalogue.
    pub retired: bool,
}

impl Course {
    /// The id of the newer kind, `con_...`.
    pub fn content_id(&self) -> String {
        format!("con_01J8STANDINCOURSE00000{}", self.lo_id)
    }

    pub(crate) fn provider_id(&self) -> String {
        format!("9{}", &self.lo_id[..1])
    }
}

const fn course(
    lo_id: &'static str,
    title: &'static str,
    minutes: u32,
    summary: &'static str,
    description: &'static str,
) -> Course {
    let australian = lo_id.as_bytes()[0] == b'1';
    Course {
        lo_id,
        country: if australian { "AU" } else { "US" },
        title,
        provider: if australian { "Tidewater Learning" } else { "Prairie & Pine Training" },
        minutes,
        summary,
        description,
        retired: false,
    }
}

pub(crate) fn courses() -> Vec<Course> {
    vec![
        course(
            "1001",
            "Work health and safety: the essentials",
            25,
            "Know your duties, see a hazard early, and say so.",
            "<p>Everybody at work has a part in keeping it safe.</p><ul><li>Your duties and your employer's</li>\
             <li>Hazards, risks and controls</li><li>How to report</li></ul>",
        ),
        course(
            "1002",
            "Respect at work",
            30,
            "What harassment and bullying are, and what to do when you meet them.",
            "<p>A workplace without <strong>harassment</strong> needs more than rules.</p><p>Short scenes show what to \
             say &amp; whom to turn to.</p>",
        ),
        course(
            "1003",
            "Privacy at work in Australia",
            20,
            "The Australian Privacy Principles, in everyday situations.",
            "<p>What counts as personal information, when you may use it, and what to do when it gets out.</p>",
        ),
        // An author could write this script, so the product must not pass it on to a browser.
        course(
            "1004",
            "Cyber security for everyone",
            35,
            "Phishing, passwords and updates: habits that keep your team safe.",
            "<p onclick=\"alert(1)\">Most attacks start with a message.</p><script>alert('not to be run')</script>\
             <p>Learn to <em>pause</em> before you click.</p>",
        ),
        course(
            "1005",
            "Mental health and wellbeing",
            40,
            "Notice the signs, start the conversation, find support.",
            "<h3>Looking after yourself &amp; others</h3><p>Small steps that help: at your desk, on the floor, at \
             home.</p>",
        ),
        course(
            "2001",
            "Workplace safety fundamentals",
            25,
            "Slips, lifting and emergency exits: the habits that prevent injuries.",
            "<p>The hazards people meet most, and your rights under <strong>OSHA</strong>.</p>",
        ),
        course(
            "2002",
            "Preventing workplace harassment",
            60,
            "Recognize, report and prevent harassment, with cases from real work.",
            "<p>Covers federal law, with notes for states that ask for more.</p><ul><li>Protected classes</li>\
             <li>Bystanders</li><li>Retaliation</li></ul>",
        ),
        course(
            "2003",
            "Handling customer data with care",
            20,
            "What to collect, what to keep, and what to shred.",
            "<p>Customers trust you with their data. Here is how to deserve it.</p>",
        ),
        course(
            "2004",
            "Spotting phishing and online scams",
            15,
            "Ten messages: which ones would you open?",
            "<p>Practice on examples, then test yourself.</p>",
        ),
        course(
            "2005",
            "Customer service that people remember",
            45,
            "Listen, solve, follow up: service that brings people back.",
            "<p>Techniques for the counter, the phone and the inbox.</p>",
        ),
    ]
}
