# What Port's jq defines in jq itself. Adapted from builtin.jq of jq, whose license asks for this notice:
#
# jq is copyright (C) 2012 Stephen Dolan. Permission is hereby granted, free of charge, to any person obtaining a copy of
# this software and associated documentation files (the "Software"), to deal in the Software without restriction,
# including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
# copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following
# conditions: The above copyright notice and this permission notice shall be included in all copies or substantial
# portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED,
# INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT.
# IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN
# ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
# DEALINGS IN THE SOFTWARE.

def empty: [][] as $x | .;
def error: _error as $x | .;
def error(msg): msg | error;
def not: if . then false else true end;
def map(f): [.[] | f];
def select(f): if f then . else empty end;
def first(g): label $out | g | ., break $out;
def recurse: ..;
def recurse(f): def r: ., (f | r); r;
def recurse(f; cond): def r: ., (f | select(cond) | r); r;
def recurse_down: recurse;

def getpath(p): p as $p | _checked($p) as $_ | reduce $p[] as $key (.; .[$key]);
def setpath(p; v): v as $v | p as $p | _setpath($p; $v);
def delpaths(p): p as $p | _delpaths($p);
def del(f): delpaths([path(f)]);
def _assign(paths; value): value as $v | reduce path(paths) as $p (.; _setpath($p; $v));
def _modify(paths; update): reduce path(paths) as $p (.;
  first(((getpath($p) | update) as $new | _setpath($p; $new)), _delpaths([$p])));
def map_values(f): .[] |= f;
def paths: path(recurse(if type | . == "array" or . == "object" then .[] else empty end)) | select(length > 0);
def paths(f): . as $dot | paths | select(. as $p | $dot | getpath($p) | f);

def sort_by(f): _sort_by(map([f]));
def group_by(f): _group_by(map([f]));
def unique: group_by(.) | map(.[0]);
def unique_by(f): group_by(f) | map(.[0]);
def min: _min_by(.);
def max: _max_by(.);
def min_by(f): _min_by(map([f]));
def max_by(f): _max_by(map([f]));
def add: reduce .[] as $x (null; . + $x);

def last(g): _first(_last(g), null);
# One at least.
def limit($n; f): if $n < 0 then f else _limit(if $n < 1 then 1 else $n end; f) end;
def nth($n; g): if $n < 0 then error("nth doesn't support negative indices") else last(limit($n + 1; g)) end;
def first: .[0];
def last: .[-1];
def nth($n): .[$n];
def isempty(g): 0 == ((label $go | g | (1, break $go)) // 0);
def range($upto): range(0; $upto);
def range($from; $upto; $by):
  def r: if ($by > 0 and . < $upto) or ($by < 0 and . > $upto) then ., (. + $by | r) else empty end;
  $from | r;
def while(cond; update): def r: if cond then ., (update | r) else empty end; r;
def until(cond; update): def r: if cond then . else update | r end; r;
def repeat(f): def r: f, r; r;
def any(g; cond): [label $out | foreach g as $i (false;
  if . then break $out elif $i | cond then true else . end; if . then . else empty end)] | length == 1;
def any(cond): any(.[]; cond);
def any: any(.);
def all(g; cond): [label $out | foreach g as $i (true;
  if . | not then break $out elif $i | cond then . else false end; if . | not then . else empty end)] | length == 0;
def all(cond): all(.[]; cond);
def all: all(.);

def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: arrays, objects;
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def isfinite: type == "number" and (isinfinite | not);
def normals: select(isnormal);
def finites: select(isfinite);
def strings: select(type == "string");
def nulls: select(type == "null");
def values: select(. != null);
def scalars: select(type | . != "array" and . != "object");
def scalars_or_empty: select((type | . != "array" and . != "object") or length == 0);
def leaf_paths: paths(scalars);

def to_entries: [keys_unsorted[] as $k | {key: $k, value: .[$k]}];
def from_entries:
  map({(.key // .Key // .name // .Name): (if has("value") then .value else .Value end)}) | add | . //= {};
def with_entries(f): to_entries | map(f) | from_entries;
def reverse: [.[length - 1 - range(0; length)]];
def indices($i):
  if type == "array" and ($i | type) == "array" then .[$i]
  elif type == "array" then .[[$i]]
  elif type == "string" and ($i | type) == "string" then _strindices($i)
  else .[$i] end;
def index($i): indices($i) | .[0];
def rindex($i): indices($i) | .[-1:][0];
def in(xs): . as $x | xs | has($x);
def inside(xs): . as $x | xs | contains($x);
def join($x): reduce .[] as $i (null; (if . == null then "" else . + $x end)
  + ($i | if type == "boolean" or type == "number" then tostring else . // "" end)) // "";
def _flatten($x): reduce .[] as $i ([];
  if $i | type == "array" and $x != 0 then . + ($i | _flatten($x - 1)) else . + [$i] end);
def flatten($x): if $x < 0 then error("flatten depth must not be negative") else _flatten($x) end;
def flatten: _flatten(-1);
def combinations:
  if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $y | [$x] + $y end;
def combinations(n): . as $dot | [range(n) | $dot] | combinations;
def transpose:
  if . == [] then [] else . as $in | (map(length) | max) as $max | length as $length
    | reduce range(0; $max) as $j ([]; . + [reduce range(0; $length) as $i ([]; . + [$in[$i][$j]])]) end;
def walk(f): . as $in
  | if type == "object" then reduce keys_unsorted[] as $key ({}; . + {($key): ($in[$key] | walk(f))}) | f
    elif type == "array" then map(walk(f)) | f else f end;
def env: {};

def ascii_downcase: explode | map(if 65 <= . and . <= 90 then . + 32 else . end) | implode;
def ascii_upcase: explode | map(if 97 <= . and . <= 122 then . - 32 else . end) | implode;
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def fromdate: fromdateiso8601;
def todate: todateiso8601;

def _match(re; flags; test): flags as $flags | re as $re | _match_impl($re; $flags; test);
def match(re; mode): _match(re; mode; false) | .[];
def test(re; mode): _match(re; mode; true);
def _named: reduce (.captures[] | select(.name != null) | {(.name): .string}) as $pair ({}; . + $pair);
def capture(re; mode): match(re; mode) | _named;
def _with_mode(f): if type == "string" then [., null] | f
  elif type == "array" and length > 1 then .[:2] | f
  elif type == "array" and length > 0 then [.[0], null] | f
  else error(type + " not a string or array") end;
def match($val): . as $in | $val | _with_mode(. as [$re, $mode] | $in | match($re; $mode));
def test($val): . as $in | $val | _with_mode(. as [$re, $mode] | $in | test($re; $mode));
def capture($val): . as $in | $val | _with_mode(. as [$re, $mode] | $in | capture($re; $mode));
def scan(re): match(re; "g") | if (.captures | length > 0) then [.captures[].string] else .string end;
def _nwise($n): def r: if length <= $n then . else .[0:$n], (.[$n:] | r) end; r;
def splits($re; flags): . as $s | [match($re; "g" + flags) | (.offset, .offset + .length)]
  | [0] + . + [$s | length] | _nwise(2) | $s[.[0]:.[1]];
def splits($re): splits($re; null);
def split($re; flags): [splits($re; flags)];
def sub($re; s): . as $in | [match($re)] | if length == 0 then $in
  else .[0] as $r | ($r | _named) | $in[0:$r.offset] + s + $in[$r.offset + $r.length:] end;
def sub($re; s; flags):
  def once($fla; $all): . as $in | [match($re; $fla)] | if length == 0 then $in
    else .[0] as $edit | ($edit | .offset + .length) as $len
      | if $len == 0 and $all and $in != "" then error("gsub with a regular expression that matches nothing never ends") else . end
      | ($edit | _named) | $in[0:$edit.offset] + s
        + ($in[$len:] | if length > 0 and $all then once($fla; $all) else . end) end;
  flags as $flags | ($flags | index("g")) as $g
  | once($flags | if $g then [explode[] | select(. != 103)] | implode else . end; $g);
def gsub($re; s; flags): sub($re; s; flags + "g");
def gsub($re; s): sub($re; s; "g");

def tostream: . as $dot
  | if (type | . != "array" and . != "object") or length == 0 then [[], $dot]
    else keys_unsorted as $keys | $keys[-1] as $last
      | (($keys[] | . as $key | $dot[$key] | tostream | .[0] |= [$key] + .), [[$last]]) end;
def truncate_stream(stream): . as $n | null | stream | . as $input
  | if (.[0] | length) > $n then setpath([0]; $input[0][$n:]) else empty end;
def fromstream(i): foreach i as $item ([null, false, null, false];
    if ($item[0] | length) == 0 then [null, false, .[2], .[3]]
    elif ($item | length) == 1 and ($item[0] | length) < 2 then [null, false, .[0], .[1]] else . end
    | . as $state
    | if ($item | length) > 1 and ($item[0] | length) > 0
      then [.[0] | setpath(($item | .[0]); ($item | .[1]))] + [true, $state[2], $state[3]] else . end;
    if ($item[0] | length) == 1 and ($item | length == 1) and .[3] then .[2] else empty end,
    if ($item[0] | length) == 0 then $item[1] else empty end);
def bsearch(target):
  if length == 0 then -1
  elif length == 1 then if target == .[0] then 0 elif target < .[0] then -1 else -2 end
  else . as $in | [0, length - 1, null]
    | until(.[0] > .[1]; if .[2] != null then .[1] = -1 else ((.[1] + .[0]) / 2 | floor) as $mid | $in[$mid] as $monkey
        | if $monkey == target then .[2] = $mid elif .[0] == .[1] then .[1] = -1
          elif $monkey < target then .[0] = $mid + 1 else .[1] = $mid - 1 end end)
    | if .[2] == null then if $in[.[0]] < target then -2 - .[0] else -1 - .[0] end else .[2] end end;

def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | if type != "string" then tojson else . end] |= $row);
def INDEX(f): INDEX(.[]; f);
def JOIN($idx; f): [.[] | [., $idx[f]]];
def JOIN($idx; stream; f): stream | [., $idx[f]];
def JOIN($idx; stream; f; join): stream | [., $idx[f]] | join;
def IN(s): reduce (first(select(. == s)) | true) as $v (false; if . or $v then true else false end);
def IN(src; s): reduce (src | IN(s)) as $v (false; if . or $v then true else false end);
