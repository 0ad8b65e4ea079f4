//! What one call does under each fault: a row for each fault, a cell for each method, a test for each cell.
//!
//! The table below is the whole of it. A cell is the name of a method, or `-` where the fault cannot happen; the
//! test of a cell is called after its row and its method, so that the output of the tests reads as the table does.
//! A row with a cell too few does not compile; a row too few fails `every_cell_is_there`.

mod answers;
mod cell;
mod connections;
mod identifiers;
mod limits;
mod paging;
mod runs;
mod tokens;

use cell::Method;

/// Makes a test of each cell, and a list of them all.
macro_rules! matrix {
    ($($number:literal $file:ident::$row:ident [$get:tt $list:tt $create:tt $update:tt $replace:tt $delete:tt])+) => {
        const CELLS: &[(&str, [&str; 6])] = &[$((
            $number,
            [
                stringify!($get),
                stringify!($list),
                stringify!($create),
                stringify!($update),
                stringify!($replace),
                stringify!($delete),
            ],
        )),+];

        $(
            mod $row {
                use super::*;

                cell!($file::$row, $get Get);
                cell!($file::$row, $list List);
                cell!($file::$row, $create Create);
                cell!($file::$row, $update Update);
                cell!($file::$row, $replace Replace);
                cell!($file::$row, $delete Delete);
            }
        )+
    };
}

macro_rules! cell {
    ($file:ident::$row:ident, - $method:ident) => {};
    ($file:ident::$row:ident, $name:ident $method:ident) => {
        #[tokio::test]
        async fn $name() {
            // A cell is a large future, and the stack of a test is small.
            Box::pin($file::$row(Method::$method)).await;
        }
    };
}

matrix! {
    "1"   connections::r01_no_connection         [get list create update replace delete]
    "2"   connections::r02_bad_certificate       [get list create update replace delete]
    "3"   connections::r03_reset_before_answer   [get list create update replace delete]
    "5"   connections::r05_reset_in_body         [get list create update replace delete]
    "6"   connections::r06_no_headers_in_time    [get list create update replace delete]
    "7"   connections::r07_body_stalls           [get list create update replace delete]
    "8"   answers::r08_json_ends_early           [get list create update replace delete]
    "9"   answers::r09_something_else_answers    [get list create update replace delete]
    "10"  tokens::r10_token_not_taken            [get list create update replace delete]
    "10a" tokens::r10a_fixed_token_not_taken     [get list create update replace delete]
    "11"  tokens::r11_bad_credentials            [get list create update replace delete]
    "12"  answers::r12_forbidden                 [get list create update replace delete]
    "13"  answers::r13_not_found                 [get list create update replace delete]
    "14"  answers::r14_conflict                  [get list create update replace delete]
    "15"  answers::r15_too_large                 [- - create update replace delete]
    "16"  answers::r16_invalid                   [get list create update replace delete]
    "17"  limits::r17_seconds                    [get list create update replace delete]
    "18"  limits::r18_date                       [get list create update replace delete]
    "19"  limits::r19_reset                      [get list create update replace delete]
    "20"  limits::r20_no_hint                    [get list create update replace delete]
    "21"  limits::r21_too_long                   [get list create update replace delete]
    "22"  limits::r22_malformed                  [get list create update replace delete]
    "23"  answers::r23_server_error_once         [get list create update replace delete]
    "23a" answers::r23a_other_server_error       [get list create update replace delete]
    "24"  answers::r24_server_error_for_ever     [get list create update replace delete]
    "25"  answers::r25_not_ok                    [get list create update replace delete]
    "26"  answers::r26_empty                     [get list create update replace delete]
    "27"  answers::r27_unknown_field             [get list create update replace -]
    "28"  answers::r28_unknown_value             [get list create update replace -]
    "29"  paging::r29_repeated_items             [- list - - - -]
    "30"  paging::r30_no_end                     [- list - - - -]
    "31"  answers::r31_redirect                  [get list create update replace delete]
    "32"  answers::r32_body_over_the_limit       [get list create update replace delete]
    "33"  answers::r33_compressed_bomb           [get list create update replace delete]
    "34"  tokens::r34_no_token_to_be_had         [get list create update replace delete]
    "35"  tokens::r35_no_token_but_a_valid_one   [get list create update replace delete]
    "36"  tokens::r36_token_ends_meanwhile       [get list create update replace delete]
    "37"  tokens::r37_crowd_with_expired_token   [get list create update replace delete]
    "38"  tokens::r38_crowd_with_revoked_token   [get list create update replace delete]
    "39"  tokens::r39_caller_goes_away           [get list create update replace delete]
    "40"  tokens::r40_odd_lifetime               [get list create update replace delete]
    "41"  identifiers::r41_refused               [get - create update replace delete]
    "41a" identifiers::r41a_one_segment          [get - create update replace delete]
    "42"  answers::r42_page_of_a_proxy           [get list create update replace delete]
    "43"  paging::r43_past_the_end               [- list - - - -]
    "44"  tokens::r44_odd_token_response         [get list create update replace delete]
    "45"  connections::r45_early_response        [- - create update replace -]
    "46"  tokens::r46_runtime_of_a_token_request_ends [get list create update replace delete]
}

#[test]
fn every_cell_is_there() {
    let numbers: Vec<_> = CELLS.iter().map(|(number, _)| *number).collect();
    let expected = "1 2 3 5 6 7 8 9 10 10a 11 12 13 14 15 16 17 18 19 20 21 22 23 23a 24 25 26 27 28 29 30 31 32 33 \
                    34 35 36 37 38 39 40 41 41a 42 43 44 45 46";
    assert_eq!(numbers.join(" "), expected);
    let methods = ["get", "list", "create", "update", "replace", "delete"];
    let mut absent = Vec::new();
    for (number, cells) in CELLS {
        for (cell, method) in cells.iter().zip(methods) {
            match *cell {
                "-" => absent.push(format!("{number} {method}")),
                cell => assert_eq!(cell, method, "row {number}"),
            }
        }
    }
    // A list takes no identifier and sends no body; what is deleted does not come back; one webhook has no pages.
    let can_not_be = "15 get, 15 list, 27 delete, 28 delete, 29 get, 29 create, 29 update, 29 replace, 29 delete, \
                      30 get, 30 create, 30 update, 30 replace, 30 delete, 41 list, 41a list, 43 get, 43 create, 43 update, 43 replace, 43 delete, \
                      45 get, 45 list, 45 delete";
    assert_eq!(absent.join(", "), can_not_be);
}
