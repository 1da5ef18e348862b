//! Where many a test begins: somebody at a step of their way, an import that runs or is over, time that passes.

use std::time::Duration;

use domain::ids::ImportId;
use http::StatusCode;
use journeys::journey::Customer;
use journeys::page::Page;
use stand_ins::xero::endpoint::TOKEN;
use stand_ins::{Employee, Fault, FaultKind};

use crate::customer::{BLUEGUM, Visitor, expect};
use crate::world::Rig;

impl Rig {
    /// A customer who has signed up and stands before the courses.
    pub async fn at_courses(&self, customer: &Customer) -> (Visitor, Page) {
        let visitor = self.visitor(customer);
        let courses = visitor.reach_courses().await;
        (visitor, courses)
    }

    /// A customer who has signed up and stands before the people, with no portal yet.
    pub async fn at_people(&self, customer: &Customer) -> (Visitor, Page) {
        let visitor = self.visitor(customer);
        let people = visitor.reach_people().await;
        (visitor, people)
    }

    /// A customer who has signed up and stands before the people of this contact group.
    ///
    /// # Panics
    /// Where the way leads somewhere else.
    pub async fn at_group(&self, customer: &Customer, group: &str) -> (Visitor, Page) {
        let visitor = self.visitor(customer);
        visitor.reach_people().await;
        let groups = visitor.allow_contacts().await;
        let people = expect(visitor.choose_group(&groups, group).await, StatusCode::OK, "/preview/people");
        (visitor, people)
    }

    /// A customer who stands before the people and has a portal already, so that what is left to do is the import's own.
    ///
    /// # Panics
    /// Where the way leads somewhere else.
    pub async fn at_people_with_portal(&self, customer: &Customer) -> (Visitor, Page) {
        let (visitor, people) = self.at_people(customer).await;
        expect(visitor.skip(&people).await, StatusCode::OK, "/get-started");
        let people = expect(visitor.look_again().await, StatusCode::OK, "/preview/people");
        (visitor, people)
    }

    /// An import of so many plain people at [`BLUEGUM`], confirmed, with its batches on the queue.
    pub async fn confirmed(&self, people: usize) -> (Visitor, ImportId) {
        self.world.xero().set_head_count(BLUEGUM.organisation, people);
        let olivia = self.visitor(&BLUEGUM);
        let (_, import) = olivia.import().await;
        (olivia, import)
    }

    /// A customer whose people are imported as they were ticked.
    pub async fn imported(&self, customer: &Customer) -> (Visitor, ImportId) {
        let visitor = self.visitor(customer);
        let (_, import) = visitor.import().await;
        self.pump().await;
        (visitor, import)
    }

    /// An administrator on the overview of a customer's portal, whose people are imported.
    pub async fn managed(&self, customer: &Customer) -> Visitor {
        self.imported(customer).await;
        self.administrator(customer).await
    }

    /// Somebody changes a customer's payroll at Xero.
    ///
    /// # Panics
    /// Where Xero has no such organisation.
    pub fn edit_payroll(&self, customer: &Customer, change: impl FnOnce(&mut Vec<Employee>)) {
        let xero = self.world.xero();
        assert!(xero.edit_organisation(customer.organisation, |organisation| change(&mut organisation.employees)));
    }

    /// Nia Newcomer begins to work at a customer's.
    pub fn hire(&self, customer: &Customer, id: &str, email: &str) {
        self.edit_payroll(customer, |people| people.push(Employee::active(id, "Nia", "Newcomer", Some(email))));
    }

    /// A customer has ended at Xero what they granted: no token works any more, and none is renewed.
    pub fn end_access_to_xero(&self) {
        let over = FaultKind::answer(400, &[("content-type", "application/json")], r#"{"error":"invalid_grant"}"#);
        self.world.xero().faults().add(Fault::always(TOKEN, over));
        self.world.xero().expire_access_tokens();
    }

    /// GO1 takes none of our tokens any more, and renews none.
    pub fn end_access_to_go1(&self) {
        self.world.go1().expire_access_tokens();
        self.world.go1().void_refresh_tokens();
    }

    /// That long passes, in which somebody opens a page now and then: a browser that nobody uses is signed out.
    pub async fn used_for(&self, visitor: &Visitor, time: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let next = left.min(Duration::from_mins(10));
            self.wait(next).await;
            visitor.open("/privacy").await;
            left -= next;
        }
    }

    /// The queue and the sweeper go on, minute by minute, and nobody waits for a message that is hidden.
    pub async fn minutes_pass(&self, minutes: u32) {
        for _ in 0..minutes {
            while self.deliver().await {}
            self.wait(Duration::from_mins(1)).await;
            self.sweep().await;
        }
    }

    /// The sweeper and the queue, minute by minute, until whatever can be finished is.
    pub async fn a_quarter_of_an_hour_passes(&self) {
        for _ in 0..15 {
            self.wait(Duration::from_mins(1)).await;
            self.sweep().await;
            self.pump().await;
        }
    }
}
