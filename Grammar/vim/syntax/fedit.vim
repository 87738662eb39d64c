if exists("b:current_syntax")
  finish
endif

syntax match   feditName      "\<\h\w*\>"
syntax keyword feditControl   for in if then else fedit use assert edit save
syntax keyword feditIntroduce let def param
syntax keyword feditDrawing   mask sketch color recolor heal warp erase paint off
syntax keyword feditBoolean   true false
" Ordinary names outside their place.
syntax match   feditSetting   "\%(^\|[;{]\)\s*\zs\<\%(photo\|model\|canvas\|face\|region\|seed\|blend\|tone\|grain\|octaves\|mirror\)\>"
syntax match   feditModifier  "\<\%(as\|at\|auto\|brush\|eyes\|feather\|grown\|layers\|mouth\|off\|quality\|reach\|size\|strength\|to\|with\|within\)\>\ze\s\+[^ :.,=)]"
syntax match   feditModifier  "\<none\>"
syntax match   feditType      ":\s*\zs\<\%(number\|angle\|bool\|string\|color\|point\|shape\|list\)\>"
syntax match   feditFunction  "\<\h\w*\ze("
syntax match   feditNumber    "\<\d\+\%(\.\d\+\)\=\%([eE][+-]\=\d\+\)\=\%(deg\)\=\>"
syntax match   feditColor     "#\%(\x\{6}\|\x\{3}\)\>"
syntax match   feditEscape    "\\[nt\"\\]" contained
syntax region  feditInside    matchgroup=feditEscape start="\\(" end=")" contained contains=TOP
syntax region  feditString    start=+"+ skip=+\\"+ end=+"\|$+ contains=feditEscape,feditInside
syntax match   feditComment   "//.*$" contains=@Spell
syntax region  feditComment   start="/\*" end="\*/" contains=feditComment,@Spell

highlight default link feditControl   Keyword
highlight default link feditIntroduce Keyword
highlight default link feditDrawing   Statement
highlight default link feditSetting   Keyword
highlight default link feditModifier  Special
highlight default link feditBoolean   Boolean
highlight default link feditType      Type
highlight default link feditFunction  Function
highlight default link feditNumber    Number
highlight default link feditColor     Constant
highlight default link feditEscape    SpecialChar
highlight default link feditString    String
highlight default link feditComment   Comment

let b:current_syntax = "fedit"
