package vastaisim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
)

// template is a launch configuration, the account's own or public.
type template struct{ row }

func (t *template) id() int64 { return int64(t.float("id", 0)) }

// own tells whether the account may change the template.
func (t *template) own() bool { return t.float("creator_id", 0) == userID }

// templateNoun is the account's templates and the public ones.
func (s *Sim) templateNoun() noun {
	const path = "/api/v0/template"
	return noun{
		Key: "templates", State: func() any {
			own := []row{}
			for _, t := range s.templates.Where((*template).own) {
				own = append(own, t.clone())
			}
			return own
		},
		Reset: func() {
			s.templates.Clear()
			s.publicTemplates()
		},
		Routes: []route{
			onList(http.MethodGet, path, "searchTemplates", s.searchTemplates),
			on(http.MethodPost, path, "createTemplate", s.createTemplate),
			on(http.MethodPut, path, "editTemplate", s.editTemplate),
			on(http.MethodDelete, path, "deleteTemplate", s.deleteTemplate),
		},
	}
}

// contentKeys are what the hash of a template covers.
func contentKeys() row {
	return row{
		"name": "", "image": "", "tag": "latest", "env": "", "onstart": "", "runtype": "args", "args_str": "",
		"ssh_direct": false, "use_ssh": false, "jup_direct": false, "use_jupyter_lab": false, "jupyter_dir": nil,
		"docker_login_repo": nil, "href": nil, "repo": nil, "extra_filters": nil, "recommended_disk_space": num(8),
		"desc": "", "readme": "", "readme_visible": true, "private": true, "volume_info": nil,
	}
}

// take puts the fields of a body into the template and works the hash out. What
// the password is does not come back.
func (t *template) take(body row) {
	for key := range contentKeys() {
		if v, given := body[key]; given && v != nil {
			t.row[key] = v
		}
	}
	if gb, ok := coerceNumber(t.row["recommended_disk_space"]); ok {
		t.row["recommended_disk_space"] = num(gb)
	}
	if t.row["repo"] == nil {
		t.row["repo"] = t.text("image")
	}
	if t.row["href"] == nil {
		t.row["href"] = "https://hub.docker.com/r/" + t.text("image") + "/"
	}
	t.row["default_tag"] = t.row["tag"]
	content := row{"creator_id": t.row["creator_id"]}
	for key := range contentKeys() {
		content[key] = t.row[key]
	}
	text, err := json.Marshal(content)
	if err != nil { // never: it was decoded from JSON
		text = []byte(t.text("name"))
	}
	sum := sha256.Sum256(text)
	t.row["hash_id"] = hex.EncodeToString(sum[:16])
}

// launch is what an instance takes over.
func (t *template) launch() launch {
	l := launch{template: &template{t.clone()}, image: t.text("image"), env: parseFlags(t.text("env")), runtype: "args"}
	if tag := t.text("tag"); !tagged(l.image) && tag != "" {
		l.image += ":" + tag
	}
	if onstart := t.text("onstart"); onstart != "" {
		l.onstart = &onstart
	}
	if args := t.text("args_str"); args != "" {
		l.args = words(args)
	}
	switch t.text("runtype") {
	case "ssh":
		l.runtype = "ssh"
		if t.truth("ssh_direct") {
			l.runtype = "ssh_direc ssh_proxy"
		}
	case "jupyter":
		l.runtype = "jupyter_proxy ssh_proxy"
		if t.truth("jup_direct") {
			l.runtype = "jupyter_direc ssh_direc ssh_proxy"
		}
	}
	return l
}

// newTemplate makes a template of a body.
func (s *Sim) newTemplate(creator int64, body row) *template {
	t := &template{row{
		"creator_id": creator, "created_at": unix(s.now), "count_created": 0, "recent_create_date": nil, "recommended": creator != userID,
	}}
	for key, value := range contentKeys() {
		t.row[key] = value
	}
	t.take(body)
	return t
}

// publicTemplates are a few of the many the service offers.
func (s *Sim) publicTemplates() {
	for _, body := range []row{
		{"name": "PyTorch (Vast)", "image": "vastai/pytorch", "tag": "@vastai-automatic-tag", "env": "-p 8080:8080 -p 6006:6006 -e DATA_DIRECTORY=/workspace/", "runtype": "jupyter", "jup_direct": true, "ssh_direct": true, "use_ssh": true, "private": false},
		{"name": "Linux Desktop Container", "image": "vastai/linux-desktop", "tag": "@vastai-automatic-tag", "env": "-p 1111:1111 -p 6100:6100", "runtype": "ssh", "ssh_direct": true, "use_ssh": true, "private": false, "recommended_disk_space": 32.0},
		{"name": "vLLM + Open WebUI", "image": "vastai/vllm", "tag": "@vastai-automatic-tag", "env": "-p 8000:8000 -p 7500:7500", "runtype": "ssh", "ssh_direct": true, "use_ssh": true, "private": false, "recommended_disk_space": 64.0},
	} {
		t := s.newTemplate(62_897, body)
		t.row["id"] = s.step(&s.templateID)
		s.templates.Add(t)
	}
}

func (s *Sim) templateByHash(hash string) *template {
	return s.templates.Find(func(t *template) bool { return t.text("hash_id") == hash })
}

func (s *Sim) templateByID(id int64) *template { return s.templates.Get(key(id)) }

// checkTemplate holds the types of a body against those of the fields.
func checkTemplate(body row) *refusal {
	f := &fields{row: body}
	for key, example := range contentKeys() {
		switch example.(type) {
		case string:
			f.string(key)
		case bool:
			f.bool(key)
		}
	}
	f.object("extra_filters")
	if _, ok := coerceNumber(body["recommended_disk_space"]); body["recommended_disk_space"] != nil && !ok {
		f.fail("recommended_disk_space", "a number")
	}
	return f.bad
}

// createTemplate answers with the template that exists when its contents do.
func (s *Sim) createTemplate(c *call) (any, *refusal) {
	if bad := checkTemplate(c.body); bad != nil {
		return nil, bad
	}
	for _, key := range []string{"name", "image"} {
		if c.body.text(key) == "" {
			return nil, invalidArgs("Template %s is required", key)
		}
	}
	t := s.newTemplate(userID, c.body)
	if same := s.templateByHash(t.text("hash_id")); same != nil {
		t = same
	} else {
		t.row["id"] = s.step(&s.templateID)
		s.templates.Add(t)
	}
	return row{"success": true, "msg": fmt.Sprintf("Template Created Successfully! New Template ID: %d", t.id()), "template": t.clone()}, nil
}

func noTemplate() *refusal { return refused(http.StatusNotFound, "not_found", "Template not found") }

// editTemplate changes the fields that are given; the hash changes with them.
func (s *Sim) editTemplate(c *call) (any, *refusal) {
	if bad := checkTemplate(c.body); bad != nil {
		return nil, bad
	}
	t := s.templateByHash(c.body.text("hash_id"))
	if t == nil || !t.own() {
		return nil, noTemplate()
	}
	t.take(c.body)
	return row{"success": true, "template": t.clone()}, nil
}

// deleteTemplate takes the number alone: the live service refuses hashes.
func (s *Sim) deleteTemplate(c *call) (any, *refusal) {
	f := &fields{row: c.body}
	id := f.number("template_id")
	switch {
	case f.bad != nil:
		return nil, f.bad
	case id == nil:
		return nil, invalidArgs("error 400/3467: Invalid args: 'template_id' is required")
	}
	t := s.templateByID(int64(*id))
	if t == nil || !t.own() {
		return nil, noTemplate()
	}
	s.templates.Remove(t)
	return success(), nil
}

// templateColumns are what templates are searched by.
func templateColumns() row {
	columns := row{}
	for _, key := range []string{
		"creator_id", "created_at", "count_created", "default_tag", "docker_login_repo", "id", "image", "jup_direct", "hash_id", "name", "private",
		"recent_create_date", "recommended_disk_space", "recommended", "ssh_direct", "tag", "use_ssh",
	} {
		columns[key] = nil
	}
	return columns
}

// searchTemplates finds own and public templates. order_by is the name of a
// column here.
func (s *Sim) searchTemplates(c *call) (any, *refusal) {
	by := c.query.Get("order_by")
	c.query.Del("order_by")
	q, bad := parseSelection(c, templateColumns())
	if bad != nil {
		return nil, bad
	}
	if _, known := templateColumns()[by]; known {
		q.order = append([]order{{by, false}}, q.order...)
	}
	found := []row{}
	for _, t := range s.templates.All() {
		if (t.own() || !t.truth("private")) && q.matches(t.row) {
			found = append(found, t.clone())
		}
	}
	q.sort(found)
	found, bad = selectColumns(c, found)
	if bad != nil {
		return nil, bad
	}
	return row{"success": true, "templates_found": len(found), "templates": found}, nil
}
