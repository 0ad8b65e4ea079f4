# The functions of Port's jq that are made of others, written from jq's manual and from the results of Port's library.
# A definition may use earlier ones only.

def empty: [][] as $x | .;
def error: _error as $x | .;
def error(msg): msg | error;
def not: if . then false else true end;
def map(f): [.[] | f];
def select(f): if f then . else empty end;
def first(g): label $found | g | (., break $found);
def recurse: ..;
def recurse(f; cond): def further: ., (f | select(cond) | further); further;
def recurse(f): def further: ., (f | further); further;
def recurse_down: recurse;

def getpath(p): p as $p | _checked($p) as $_ | reduce $p[] as $key (.; .[$key]);
def setpath(p; v): v as $v | p as $p | _setpath($p; $v);
def delpaths(p): p as $p | _delpaths($p);
def del(f): delpaths([path(f)]);
def _assign(paths; value): value as $v | reduce path(paths) as $p (.; _setpath($p; $v));
# Path by path, so that an item that `empty` removes moves the next one to a path that is done.
def _modify(paths; update): reduce path(paths) as $path (.; [first(getpath($path) | update)] as $new
  | if $new == [] then _delpaths([$path]) else _setpath($path; $new[0]) end);
def map_values(f): .[] |= f;
def paths: path(..) | select(. != []);
def paths(f): paths as $path | select(getpath($path) | f) | $path;

def sort_by(f): _sort_by(map([f]));
def group_by(f): _group_by(map([f]));
def unique: group_by(.) | map(.[0]);
def unique_by(f): group_by(f) | map(.[0]);
def min: _min_by(.);
def max: _max_by(.);
def min_by(f): _min_by(map([f]));
def max_by(f): _max_by(map([f]));
def add: reduce .[] as $x (null; . + $x);

def last(g): [_last(g)] | .[0];
# One at least.
def limit($n; f): if $n < 0 then f else _limit(if $n < 1 then 1 else $n end; f) end;
def nth($n; g): if $n >= 0 then last(limit($n + 1; g)) else error("nth doesn't support negative indices") end;
def first: .[0];
def last: .[-1];
def nth($n): .[$n];
def isempty(g): [first(g)] == [];
def while(cond; update): select(cond) | recurse(update; cond);
def until(cond; update): def step: if cond then . else update | step end; step;
# Never gives its input.
def repeat(f): def again: f, again; again;
def range($upto): range(0; $upto);
def range($from; $upto; $by): $from | while(if $by > 0 then . < $upto else $by < 0 and . > $upto end; . + $by);
# The state is the last result of `cond`, null after none. What decides is noticed at the next item.
def any(g; cond): [label $found | foreach g as $item (false; if . then break $found else $item | cond end; select(.))]
  | length == 1;
def all(g; cond): [label $failed | foreach g as $item (true; if . then $item | cond else break $failed end; select(not))]
  == [];
def any(cond): any(.[]; cond);
def any: any(.);
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

def to_entries: [keys_unsorted[] as $key | {$key, value: .[$key]}];
def from_entries: reduce .[] as $entry ({};
  . + ($entry | {(.key // .Key // .name // .Name): (if has("value") then .value else .Value end)}));
def with_entries(f): to_entries | map(f) | from_entries;
def reverse: [range(length) as $after | .[-1 - $after]];
def indices($what):
  if type == "string" and ($what | type) == "string" then _strindices($what)
  else .[if type == "array" and ($what | type) != "array" then [$what] else $what end] end;
def index($what): indices($what) | first;
def rindex($what): indices($what) | .[-1:] | first;
def in(xs): . as $x | xs | has($x);
def inside(xs): . as $x | xs | contains($x);
def join($separator):
  [.[] | $separator, if type | . == "boolean" or . == "number" then tostring else . end]
  | reduce .[1:][] as $part (""; . + $part);
def _flatten($depth):
  def items($depth): .[] | if type == "array" and $depth != 0 then items($depth - 1) else . end;
  [items($depth)];
def flatten($depth): if $depth < 0 then error("flatten depth must not be negative") else _flatten($depth) end;
def flatten: flatten(infinite);
def combinations: if length == 0 then []
  else .[-1] as $choices | (.[:-1] | combinations) as $others | $choices[] as $choice | $others + [$choice] end;
def combinations(n): [range(n) as $_ | .] | combinations;
def transpose: if . == [] then [] else [range(map(length) | max) as $column | [.[range(length)][$column]]] end;
def walk(f):
  if type == "array" then map(walk(f))
  elif type == "object" then reduce to_entries[] as $entry ({}; . + {($entry.key): ($entry.value | walk(f))})
  else . end | f;
def env: {};

def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def fromdate: fromdateiso8601;
def todate: todateiso8601;

def match(re; flags): flags as $flags | re as $re | _matches($re; $flags; false) | .[];
def test(re; flags): flags as $flags | re as $re | _matches($re; $flags; true);
# The expression and the flags of an argument that is either the expression alone or both.
def _pattern: if type == "string" then [., null]
  elif type == "array" and length > 0 then [.[0], .[1]]
  else error(type + " not a string or array") end;
def match($pattern): ($pattern | _pattern) as [$re, $flags] | match($re; $flags);
def test($pattern): ($pattern | _pattern) as [$re, $flags] | test($re; $flags);
# The texts of a match's groups, by name.
def _named: reduce .captures[] as $group ({}; if $group.name then .[$group.name] = $group.string else . end);
def capture(re; flags): match(re; flags) | _named;
def capture($pattern): match($pattern) | _named;
def scan(re): match(re; "g") | if .captures == [] then .string else [.captures[].string] end;
# Parts of a text or an array.
def _nwise($size): def parts: if length > $size then .[:$size], (.[$size:] | parts) else . end; parts;
def _nwise(of; $size): of | _nwise($size);
# After the last match comes the rest, whose end is null.
def splits($re; flags): . as $text | foreach (match($re; "g" + flags), null) as $match ({};
  {from: .next, upto: $match.offset, next: ($match | .offset + .length)}; $text[.from:.upto]);
def splits($re): splits($re; null);
def split($re; flags): [splits($re; flags)];
# Each further match is looked for in the rest of the text, so that `^` matches again.
def _replace($pattern; s; $all):
  def replaced: [match($pattern)][0] as $found
    | if $found == null then . else
        ($found.offset + $found.length) as $stop
        | if $all and $stop == 0 and . != ""
          then error("gsub with a regular expression that matches nothing never ends") else . end
        | .[:$found.offset] + ($found | _named | s) + (.[$stop:] | if $all and . != "" then replaced else . end)
      end;
  replaced;
def sub($re; s): _replace($re; s; false);
def sub($re; s; flags): flags as $flags | ($flags | index("g")) as $all
  | _replace([$re, if $all then $flags | split("g") | join("") else $flags end]; s; $all);
def gsub($re; s; flags): sub($re; s; flags + "g");
def gsub($re; s): sub($re; s; "g");

# [path, leaf] for each leaf, and a path alone, that of the last member, at the end of each array or object.
def _events($path): if (type | . == "array" or . == "object") and length > 0
  then to_entries as $members
    | ($members[] as {$key, $value} | $value | _events($path + [$key])), [$path + [$members[-1].key]]
  else [$path, .] end;
def tostream: _events([]);
def truncate_stream(stream): . as $depth | null | stream | select(.[0] | length > $depth) | .[0] |= .[$depth:];
def fromstream(events): foreach events as $event ({};
  if .done then {} else . end
  | if $event[0] | length == 0 then {done: true, value: $event[1]}
    elif $event | length > 1 then .value |= setpath($event[0]; $event[1])
    else .done = ($event[0] | length == 1) end;
  if .done and has("value") then .value else empty end);
# The index, or -1 - where it would be inserted.
def bsearch($target):
  def within($low; $high): if $low == $high then -1 - $low
    else (($low + $high - 1) / 2 | floor) as $middle
      | if .[$middle] == $target then $middle
        elif .[$middle] < $target then within($middle + 1; $high)
        else within($low; $middle) end end;
  within(0; length);

def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] = $row);
def INDEX(f): INDEX(.[]; f);
def JOIN($index; f): map([., $index[f]]);
def JOIN($index; stream; f): stream | [., $index[f]];
def JOIN($index; stream; f; join): JOIN($index; stream; f) | join;
def IN(s): reduce first(select(. == s)) as $_ (false; true);
def IN(src; s): reduce (src | select(IN(s))) as $_ (false; true);
