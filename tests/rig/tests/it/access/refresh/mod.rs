//! One Xero grant and many who use it at once: the shipped vault and client, over memory and over the table, against the
//! stand-in that turns its refresh tokens as Xero does. Each test runs on both stores; on the table it needs the emulator.

/// Runs each of these functions in memory, where tokio's time is paused, and on the table, where it is not.
macro_rules! over_both_stores {
    ($($body:ident),+ $(,)?) => {
        mod in_memory {
            $(
                #[tokio::test(start_paused = true)]
                async fn $body() {
                    super::$body(crate::access::refresh::kept::Kept::in_memory()).await;
                }
            )+
        }

        mod on_dynamodb {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                #[ignore = "needs the local cloud: make test"]
                async fn $body() {
                    crate::access::refresh::kept::on_a_table(super::$body).await;
                }
            )+
        }
    };
}

mod consents;
mod crowds;
mod kept;
mod kills;
mod mishaps;
mod skew;
mod stage;
mod steps;
mod stumbles;
