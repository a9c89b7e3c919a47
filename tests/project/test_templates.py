import pytest

from haimengyuan.management.commands.check_templates import faults_of, project_templates


def test_every_template_compiles_and_keeps_to_the_policy():
    templates = list(project_templates())
    assert len(templates) > 5
    assert [fault for name, path in templates for fault in faults_of(name, path)] == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<p>\n<b style='x'>", "bad.html:2: inline style, which the policy refuses"),
        ("<script>x</script>", "bad.html:1: inline script, which the policy refuses"),
        ('<a onclick="x">', "bad.html:1: inline event handler, which the policy refuses"),
        ('<img src="//cdn.example/x.png">', "bad.html:1: address of a foreign host"),
        ("{{ name|safe }}", "bad.html:1: unescaped output"),
        ("{% if %}", "bad.html: Unexpected end of expression in if tag."),
    ],
)
def test_a_bad_template_is_noticed(tmp_path, settings, text, sentence):
    (tmp_path / "bad.html").write_text(text)
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    assert faults_of("bad.html", tmp_path / "bad.html") == [sentence]
