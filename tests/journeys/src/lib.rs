//! The journeys of a customer, walked over HTTP as a browser does.
