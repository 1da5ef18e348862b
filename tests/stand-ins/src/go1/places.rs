//! The countries and time zones that GO1 takes (its REST reference 2025-01-01, `POST /portals`). Spellings beside these, such
//! as `US/Eastern` or `Asia/Calcutta`, are none of them.

const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
    UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// By area: its places behind a colon.
const TIME_ZONES: &str = include_str!("time-zones.txt");

pub(crate) fn is_country(text: &str) -> bool {
    COUNTRIES.split(' ').any(|country| country == text)
}

pub(crate) fn is_time_zone(text: &str) -> bool {
    let (area, place) = text.split_once('/').unwrap_or((text, ""));
    TIME_ZONES.lines().filter_map(|line| line.split_once(':')).any(|(known, places)| {
        known == area
            && if place.is_empty() { places.is_empty() } else { places.split(' ').any(|known| known == place) }
    })
}
