autocmd BufRead,BufNewFile *.fedit setfiletype fedit
