//! A function on `lambda_http` that does nothing, in the same runtime and from the same profile as ours. Whatever a
//! function of ours takes beyond this is ours.

use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |_: Request| Ok::<_, Error>(Response::new(Body::from("nothing"))))).await
}
