[(line_comment) (block_comment)] @comment
(string) @string
(escape) @string.escape
(interpolation) @embedded
[(number) (angle)] @number
(hex_color) @constant
(boolean) @boolean
(type) @type
(identifier) @variable
(call function: (identifier) @function)
(call function: (member name: (identifier) @function.method))
(def name: (identifier) @function)
(parameter name: (identifier) @variable.parameter)
(argument label: (identifier) @variable.parameter)
["let" "def" "param" "for" "in" "if" "then" "else" "use" "assert" "edit" "save" "fedit"] @keyword
["photo" "model" "canvas" "face" "region" "seed" "blend"] @keyword
["mask" "sketch" "color" "erase" "paint" "off"] @keyword
["eyes" "mouth" "size" "at" "as" "with" "brush" "grown" "layers" "none" "feather"] @keyword.modifier
["..<" "..." "||" "&&" "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "%" "&" "!" "="] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":" "." ";"] @punctuation.delimiter
