-- Neovim, headless, as a client: opens a script, waits for diagnostics, asks and edits.
local fedit = assert(os.getenv("FEDIT"), "FEDIT names the program")
local folder = vim.fn.tempname()
vim.fn.mkdir(folder, "p")
local path = folder .. "/main.fedit"
vim.fn.writefile({
  "fedit 1",
  "let size = 3",
  "let ring = circle((1, 2), sise)",
  "",
}, path)

local failures = 0
local function check(what, ok)
  io.stdout:write((ok and "ok    " or "FAILS ") .. what .. "\n")
  if not ok then failures = failures + 1 end
end

vim.cmd("edit " .. path)
local buffer = vim.api.nvim_get_current_buf()
local client = vim.lsp.start_client({ name = "fedit", cmd = { fedit, "lsp" }, root_dir = folder })
vim.lsp.buf_attach_client(buffer, client)
local function wait(condition) return vim.wait(5000, condition, 20) end
local function codes()
  return vim.tbl_map(function(d) return d.code end, vim.diagnostic.get(buffer))
end

check("diagnostics arrive", wait(function() return vim.deep_equal(codes(), { "unknown-name" }) end))

local function ask(method, params)
  local result = vim.lsp.buf_request_sync(buffer, method, params, 5000)
  return result and result[client] and result[client].result
end

vim.api.nvim_win_set_cursor(0, { 2, 5 })
local place = vim.lsp.util.make_position_params(0, "utf-16")
local hover = ask("textDocument/hover", place)
check("hover tells the declaration", hover and hover.contents.value:find("let size = 3", 1, true) ~= nil)

local actions = ask("textDocument/codeAction", {
  textDocument = { uri = vim.uri_from_bufnr(buffer) },
  range = { start = { line = 2, character = 27 }, ["end"] = { line = 2, character = 27 } },
  context = { diagnostics = {} },
})
check("a quick fix is offered", actions and #actions == 1)
vim.lsp.util.apply_workspace_edit(actions[1].edit, "utf-16")
check("the fix mends the script", wait(function() return #codes() == 0 end))
check("the buffer has the fix", vim.api.nvim_buf_get_lines(buffer, 2, 3, true)[1] == "let ring = circle((1, 2), size)")

local rename = ask("textDocument/rename", vim.tbl_extend("force", place, { newName = "wide" }))
vim.lsp.util.apply_workspace_edit(rename, "utf-16")
check("a rename changes every use",
  vim.deep_equal(vim.api.nvim_buf_get_lines(buffer, 1, 3, true), { "let wide = 3", "let ring = circle((1, 2), wide)" }))

vim.api.nvim_buf_set_lines(buffer, 3, 3, true, { "let   ä =  4", "let b = \"😀\" + ä" })
check("typed text is checked", wait(function() return #codes() == 1 end))
vim.lsp.buf.formatting_sync(nil, 5000)
check("formatting is applied", vim.api.nvim_buf_get_lines(buffer, 3, 4, true)[1] == "let ä = 4")

vim.lsp.stop_client(client)
check("the server ends", wait(function() return vim.lsp.client_is_stopped(client) end))
vim.cmd(failures == 0 and "qall!" or "cquit 1")
