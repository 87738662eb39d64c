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
["for" "in" "if" "then" "else" "fedit" "use" "assert" "edit" "save" "let" "def" "param" "photo" "model" "canvas" "face" "region" "seed" "blend" "tone" "grain" "octaves" "mirror" "mask" "sketch" "color" "recolor" "heal" "warp" "erase" "paint" "off"] @keyword
["as" "at" "auto" "brush" "eyes" "feather" "grown" "layers" "mouth" "off" "quality" "reach" "size" "strength" "to" "with" "within" "none"] @keyword.modifier
["..<" "..." "||" "&&" "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "%" "&" "!" "="] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":" "." ";"] @punctuation.delimiter
