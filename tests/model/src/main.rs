//! `make model`: checks every scenario exhaustively and says how many states it has.

use std::process::ExitCode;
use std::time::Instant;

use model::scenarios;
use stateright::{Checker, Model};

fn main() -> ExitCode {
    let only = std::env::args().nth(1).unwrap_or_default();
    let (mut states, mut broken, started) = (0, 0, Instant::now());
    for scenario in scenarios().into_iter().filter(|scenario| scenario.name.contains(&only)) {
        let (name, begun) = (scenario.name, Instant::now());
        let threads = std::thread::available_parallelism().map_or(1, Into::into);
        let checker = scenario.checker().threads(threads).spawn_bfs().join();
        let seconds = begun.elapsed().as_secs_f64();
        println!("{name}: {} states, {} steps deep, {seconds:.1} s", checker.unique_state_count(), checker.max_depth());
        states += checker.unique_state_count();
        for property in checker.model().properties() {
            let found = checker.discovery(property.name);
            let is_example = matches!(property.expectation, stateright::Expectation::Sometimes);
            if found.is_some() == is_example {
                continue;
            }
            broken += 1;
            println!("  BROKEN: {}", property.name);
            for (number, action) in found.into_iter().flat_map(stateright::Path::into_actions).enumerate() {
                println!("    {}. {action:?}", number + 1);
            }
        }
    }
    println!("{states} states, {broken} promises broken, {:.0} s", started.elapsed().as_secs_f64());
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
