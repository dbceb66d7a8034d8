# ruff: noqa: E501
"""The words of the motion grammar in English, Chinese, Korean, Spanish and German, as regular expressions.

Text is folded first (motion_grammar.fold): lower case, without accents on Latin letters. `\\b` stands at the ends of
Latin words only; Chinese and Korean have no use for it. Rules are tried from top to bottom and what one has
matched is not seen by the next, so the more particular stand first.
"""

from __future__ import annotations

# (kind, side, expressions). Side "" means that a word nearby may give one.
RULES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    # ------------------------------------------------------------------------------------ nothing moves
    (
        "hold", "",
        (
            r"\b(?:the )?camera (?:\w+ ){0,2}?(?:holds?|still|static|fixed|locked|steady)\b(?: still)?",
            r"\b(?:static|fixed|still|steady|locked) (?:camera|shot)\b", r"\bno camera (?:movement|motion)\b",
            r"\bcamera (?:does not|doesn'?t|must not|should not) move\b",
            r"(?:镜头|相机|摄像机|摄影机|鏡頭)(?:保持)?(?:不动|不動|静止|固定|不变)", r"固定(?:镜头|机位|鏡頭)",
            r"카메라(?:는|가)? ?(?:고정|정지|움직이지)", r"고정된? ?카메라",
            r"\b(?:la )?camara (?:\w+ )?(?:fija|quieta|inmovil|estatica)\b", r"\bsin mover la camara\b",
            r"\bla camara no se mueve\b",
            r"\b(?:die )?kamera (?:\w+ )?(?:fest|still|ruhig|unbewegt|statisch)\b", r"\bkamera bewegt sich nicht\b",
            r"\b(?:statische|feste|ruhige) kamera\b",
        ),
    ),
    (
        "stand", "",
        (
            r"\b(?:stands?|standing|stays?|staying|remains?|keeps?|holds?|be|is) (?:\w+ )?(?:still|motionless)\b",
            r"\b(?:does not|doesn'?t|without|not) mov(?:e|ing)\b", r"\bfreez(?:e|es|ing)\b",
            r"(?:站着|站立|保持)?(?:不动|不動|静止)", r"站着", r"站立",
            r"가만히 ?(?:서|있)?", r"움직이지 ?않", r"서 ?있",
            r"\b(?:se queda|esta|permanece|quedate) (?:\w+ )?(?:quiet[ao]|inmovil|de pie|parad[ao])\b",
            r"\bsin moverse\b", r"\bno se mueve\b",
            r"\b(?:steht|bleibt|stehen) (?:\w+ )?(?:still|ruhig|stehen|unbewegt)\b", r"\bohne bewegung\b",
            r"\bbewegt sich nicht\b",
        ),
    ),
    # ------------------------------------------------------------------------------------ camera
    (
        "push", "",
        (
            r"\b(?:the )?camera (?:\w+ ){0,2}?(?:moves?|moving|pushes|push|goes|comes|dollies|dolly|glides?|zooms?|drifts?|slides?)"
            r" (?:\w+ ){0,2}?(?:in|closer|forwards?|nearer|towards? (?:her|him|them|the \w+))\b",
            r"\b(?:push(?:es|ing)?|zoom(?:s|ing)?|dolly|dollies|track(?:s|ing)?)[ -](?:\w+ )?in\b",
            r"\bcamera (?:\w+ )?(?:approaches|zooms?(?! out))\b", r"\b(?:move|get|come)s? in closer\b", r"\bclose[- ]?up\b",
            r"\bzoom\b(?! (?:\w+ )?(?:out|aus|weg|raus))(?= |$|[.,])",
            r"(?:镜头|相机|摄像机|鏡頭)(?:\S{0,4}?)(?:推进|拉近|靠近|推近|前移|向前|放大|推進|推入)", r"推进镜头|推镜头|拉近镜头?|镜头推|推進",
            r"카메라(?:가|를)? ?(?:\S+ ){0,2}?(?:다가|가까|줌 ?인|들어|앞으로|전진|접근)\S*", r"줌 ?인", r"클로즈업",
            r"\bla camara (?:\w+ ){0,2}?(?:se acerca|avanza|entra|hace zoom)\b",
            r"\bacerca(?:r|miento)?(?: de)? (?:la )?camara\b", r"\bprimer plano\b", r"\bla camara acercandose\b",
            r"\bkamera (?:\w+ ){0,3}?(?:naher(?: heran)?|heran|hinein|ran|vorwarts|nach vorn|rein)\b",
            r"\b(?:zoomt?|kamerafahrt|heranzoomen|hineinzoomen|einzoomen|fahrt) (?:\w+ )?(?:heran|hinein|ran|rein|nach vorn)\b",
            r"\bheran(?:zoomen|fahren)\b", r"\bnahaufnahme\b",
        ),
    ),
    (
        "pull", "",
        (
            r"\b(?:the )?camera (?:\w+ ){0,2}?(?:moves?|moving|pulls?|goes|dollies|glides?|zooms?|drifts?|backs?|slides?)"
            r" (?:\w+ ){0,2}?(?:out|back|backwards?|away|off|up)\b",
            r"\b(?:pull(?:s|ing)?|zoom(?:s|ing)?|dolly|dollies|track(?:s|ing)?)[ -](?:\w+ )?(?:out|back)\b",
            r"(?:镜头|相机|摄像机|鏡頭)(?:\S{0,4}?)(?:拉远|后退|远离|拉開|拉开|缩小|后移|拉遠|後退|拉出)", r"拉远镜头?|拉镜头",
            r"카메라(?:가|를)? ?(?:\S+ ){0,2}?(?:멀어|물러|줌 ?아웃|뒤로|빠)\S*", r"줌 ?아웃",
            r"\bla camara (?:\w+ ){0,2}?(?:se aleja|retrocede|sale)\b", r"\baleja(?:r|miento)? (?:la )?camara\b",
            r"\bkamera (?:\w+ ){0,3}?(?:zuruck|weg|heraus|raus|hinaus|ruckwarts|entfernt sich)\b",
            r"\b(?:zoomt?|fahrt) (?:\w+ )?(?:heraus|raus|zuruck|weg|hinaus)\b", r"\bherauszoomen\b",
        ),
    ),
    (
        "orbit", "",
        (
            r"\b(?:the )?camera (?:\w+ ){0,2}?(?:orbits?|circles?|rotates?|revolves?|arcs?|swings?|(?:moves?|goes) around)\b"
            r"(?: (?:around|round) (?:her|him|them|the \w+))?",
            r"\b(?:orbit|orbits|orbiting|arc shot)\b(?: (?:around|round) (?:her|him|them|the \w+))?", r"\b360\b",
            r"(?:镜头|相机|摄像机|鏡頭)?(?:环绕|围绕|環繞|绕着|绕)(?:\S{0,3})(?:拍摄|旋转|镜头|转)?",
            r"카메라(?:가|를)? ?(?:\S+ ){0,2}?(?:돌|회전|선회)\S*", r"주위를 ?\S*(?:돌|회전)\S*", r"궤도",
            r"\bla camara (?:\w+ ){0,2}?(?:gira|orbita|rodea|da la vuelta)(?: alrededor)?\b", r"\borbita\b",
            r"\bkamera (?:\w+ ){0,3}?(?:umkreist|kreist|umrundet|dreht sich)\b(?: um \w+)?", r"\bum (?:sie|ihn) herum\b",
        ),
    ),
    (
        "tilt", "",
        (
            r"\b(?:the )?camera (?:\w+ )?(?:tilts?|cranes?|rises?|pedestals?|looks?|moves?|pans?|booms?)(?= (?:\w+ )?(?:up|down)\b)",
            r"\bcamera (?:\w+ )?(?:tilts?|rises|lowers|sinks)\b", r"\btilt(?:s|ing)?(?: shot| the camera)?(?= (?:up|down)\b)",
            r"(?:镜头|相机|摄像机|鏡頭)(?=\S{0,3}(?:上|下))\S{0,2}?(?:摇|移|抬|升|降|倾斜|搖)?", r"俯仰",
            r"카메라(?:가|를)? ?(?=(?:\S+ )?(?:위|아래))", r"틸트",
            r"\bla camara (?:\w+ )?(?:sube|baja|se inclina)\b", r"\binclina(?:cion)? (?:de )?(?:la )?camara\b",
            r"\bkamera (?:\w+ )?(?:neigt|schwenkt|fahrt|bewegt sich)(?: sich)?(?= (?:\w+ ){0,2}?(?:hoch|oben|unten|runter|hinauf|hinunter)\b)",
            r"\bkamera (?:\w+ )?(?:neigt|senkt|hebt)(?: sich)?\b",
        ),
    ),
    (
        "pan", "",
        (
            r"\b(?:the )?camera (?:\w+ )?(?:pans?|moves?|moving|slides?|trucks?|glides?|drifts?|turns?|goes)\b",
            r"\bpan(?:s|ning)?\b(?: the camera)?", r"\bcamera (?:\w+ )?(?:panning|sliding|gliding)\b",
            r"(?:镜头|相机|摄像机|鏡頭)(?:\S{0,2}?)(?=\S{0,2}[左右])(?:摇|移|平移|横移|转)?", r"(?:镜头|鏡頭)(?:平移|横移|摇移|移动)|平移|横摇",
            r"카메라(?:가|를)? ?(?=(?:\S+ )?(?:왼|오른|좌|우))", r"패닝|팬 ?(?=왼|오른|$)",
            r"\bla camara (?:\w+ )?(?:se mueve|se desplaza|gira|panea|va|pasa)\b", r"\bpane(?:o|a)\b",
            r"\bkamera (?:\w+ )?(?:schwenkt|fahrt|bewegt sich|gleitet|zieht)\b", r"\bkameraschwenk\b|\bschwenk\b",
        ),
    ),
    # ------------------------------------------------------------------------------------ what one photo cannot give
    (
        "jump", "",
        (r"\b(?:jumps?|jumping|hops?|leaps?|skips?)\b", r"跳(?!舞)(?:起|跃|躍)?来?", r"점프|뛰어오|폴짝", r"\b(?:salta|saltando|brinca)\b",
         r"\b(?:springt|hupft)\b"),
    ),
    (
        "sit", "",
        (r"\b(?:sits?(?: down)?|sitting|kneels?|crouch(?:es)?|squats?|lies? down|bends? (?:over|down))\b", r"坐下?|蹲下?|跪下?|躺下?|弯腰",
         r"앉\S*|쪼그\S*|눕\S*", r"\b(?:se sienta|sentarse|sentada|se agacha|se arrodilla|se acuesta)\b",
         r"\b(?:setzt sich|sitzt|hockt|kniet|legt sich|buckt sich)\b"),
    ),
    (
        "smile", "",
        (r"\b(?:smiles?|smiling|laughs?|laughing|talks?|speaks?|blinks?|winks?|sings?|kiss(?:es)?)\b", r"微?笑|说话|眨眼|唱歌", r"웃\S*|미소\S*|말하\S*|윙크\S*",
         r"\b(?:sonrie|sonriendo|rie|habla|guina|parpadea|canta)\b", r"\b(?:lachelt|lacht|spricht|redet|zwinkert|blinzelt|singt)\b"),
    ),
    (
        "hair", "",
        (r"\b(?:touch(?:es)?|runs? (?:a |her |his )?(?:hand|fingers) through|flips?|tosses|brush(?:es)?) (?:her |his |their |the )?hair\b",
         r"(?:撩|摸|拨弄|甩)(?:\S{0,2})头发", r"머리(?:카락)?를 ?(?:만지|넘기|쓸)\S*",
         r"\bse (?:toca|arregla|acomoda) el (?:pelo|cabello)\b", r"\bstreicht sich (?:\w+ )?(?:durchs? )?(?:die )?haar(?:e)?\b"),
    ),
    (
        "away", "",
        (r"\b(?:walks?|walking|goes|runs?|leaves?|moves?) (?:\w+ )?(?:away|off|out of)\b(?: from the camera)?", r"走开|走远|离开",
         r"(?:멀리|떠나|걸어 ?나가|멀어)\S*", r"\b(?:se aleja|se va|alejandose)\b", r"\b(?:geht|lauft) (?:\w+ )?(?:weg|davon|fort)\b"),
    ),
    (
        "aside", "",
        (r"\b(?:walks?|walking|steps?|strolls?) (?:to the |to her |to his )?(?=(?:\w+ )?(?:left|right|side)\b)(?:sideways)?", r"\bsidesteps?\b",
         r"(?:向|往|朝)[左右](?:边|侧|邊)?(?:走|移动|迈)", r"(?:왼쪽|오른쪽)으로 ?걸\S*",
         r"\b(?:camina|anda|va) (?=(?:\w+ )?(?:hacia|a) la (?:izquierda|derecha))", r"\b(?:geht|lauft) (?=(?:\w+ )?nach (?:links|rechts))"),
    ),
    # ------------------------------------------------------------------------------------ body
    (
        "approach", "",
        (
            r"\b(?:walks?|walking|strolls?|struts?|runs?|running|catwalks?|moves?|moving|comes?|coming|goes|steps?|stepping|strides?|advances?)"
            r" (?:\w+ ){0,2}?(?:towards?|to|at|up to|into) (?:the |us|me|you)(?:camera|viewer|lens|audience|front)?",
            r"\b(?:walks?|walking|strolls?|struts?|comes?|coming|steps?|stepping|moves?|moving|strides?|runs?)"
            r" (?:\w+ )?(?:forwards?|closer|nearer|over|ahead)\b",
            r"\bapproach(?:es|ing)?(?: the)?(?: (?:camera|viewer|lens))?\b", r"\b(?:catwalk|runway)(?: walk)?\b", r"\bdown the (?:catwalk|runway)\b",
            r"(?:朝|向|往|对着)(?:着)?(?:镜头|相机|前|我们|我|观众|鏡頭)(?:\S{0,3}?)(?:走|来|迈|过来|靠近)\S{0,2}", r"走(?:向|近|过来|過來|上前)(?:镜头|相机|我们|鏡頭)?",
            r"走秀|走台步|t台",
            r"(?:카메라|앞|렌즈|우리)(?:를|을| 쪽으로|쪽으로|으로| 향해|를 향해|를 향하여)? ?(?:향해 ?|향하여 ?|쪽으로 ?)?(?:\S+ )?(?:걸|다가)\S*", r"다가오\S*|다가와\S*|런웨이|워킹",
            r"\b(?:camina|caminando|anda|va|viene|avanza|corre|desfila|da un paso|se mueve)(?: \w+)? (?:hacia|a|al) (?:la |el )?(?:camara|frente|adelante|delante|nosotros|objetivo)\b",
            r"\b(?:camina|anda|viene|avanza|desfila)(?: \w+)? (?:adelante|delante|hacia adelante)\b", r"\bse acerca(?: a la camara)?\b|\bavanza\b|\bdesfila\b",
            r"\b(?:geht|lauft|kommt|schreitet|tritt|bewegt sich|rennt)(?: \w+)? (?:auf|in richtung|zur|richtung|an) (?:die |der |uns )?(?:kamera|uns|zuschauer|linse)?(?: zu)?\b",
            r"\b(?:geht|lauft|kommt|tritt|schreitet)(?: \w+)? (?:naher|nach vorn(?:e)?|vorwarts|heran)\b", r"\blaufsteg\b", r"\bnahert sich(?: der kamera)?\b",
        ),
    ),
    (
        "back", "",
        (r"\b(?:steps?|walks?|stepping|moves?|goes) (?:\w+ )?(?:back|backwards?)\b", r"(?:向|往)?后退|退后|後退|往后走", r"(?:뒤로|물러)\S*(?: ?(?:걸|가|물러)\S*)?",
         r"\b(?:retrocede|da un paso atras|camina hacia atras)\b", r"\b(?:geht|tritt|lauft|weicht) (?:\w+ )?(?:zuruck|ruckwarts)\b"),
    ),
    (
        "walk", "",
        (r"\b(?:walks?|walking|strolls?|struts?|marches|steps?|stepping|strides?|runs?|running|jogs?)\b(?: (?:in place|on the spot))?", r"(?:原地)?(?:踏步|行走|走路|走动|漫步|散步|跑步|走)(?:着)?",
         r"(?:제자리(?:에서)? ?)?(?:걷|걸|산책|뛰)\S*", r"\b(?:camina|caminar|caminando|anda|andando|pasea|marcha|corre)\b(?: en el sitio| en su lugar)?",
         r"\b(?:geht|gehen|lauft|laufen|spaziert|schlendert|marschiert|rennt)\b(?: auf der stelle)?"),
    ),
    (
        "show", "",
        (r"\b(?:shows?|showing|presents?|presenting|displays?|models?|modeling|modelling|shows? off|showcas(?:e|es|ing)) (?:off )?(?:\w+ )?(?:the |her |his |their )?"
         r"(?:outfit|garment|dress|shirt|look|clothes|top|skirt|jacket|trousers|pants|sleeves?|hem|details?|clothing|blouse|coat|t-shirt)\b",
         r"\b(?:poses?|posing|shows? off|showcase)\b", r"(?:展示|秀出|展现|炫耀)(?:\S{0,6}(?:衣服|服装|裙子|裙|衣|造型|穿搭))?|摆(?:\S{0,2})(?:姿势|造型|pose)",
         r"(?:옷|의상|드레스|스타일|룩)(?:을|를)? ?(?:보여|선보|뽐내)\S*|포즈\S*|선보이\S*",
         r"\b(?:muestra|mostrando|ensena|luce|presenta|posa|posando|exhibe)\b(?: (?:la|el|su|las|los) \w+)?",
         r"\b(?:zeigt|prasentiert|fuhrt)\b(?: (?:das|die|den|ihr|ihre|ihren|sein|seine) \w+)?(?: vor)?|\bposiert\b"),
    ),
    (
        "around", "",
        (
            r"\b(?:turns?|turning|spins?|spinning|twirls?|twirling|rotates?|rotating|whirls?) (?:\w+ )?(?:all the way )?(?:around|round|in a circle|full circle|about)\b",
            r"\b(?:spins?|spinning|twirls?|twirling|pirouettes?|whirls?)\b", r"\b(?:shows?|turns?) (?:\w+ )?(?:her|his|their|the) back\b", r"\bfrom behind\b",
            r"(?:原地)?(?:转圈|旋转|转一圈|转身|轉圈|旋轉|轉身|转个圈|转一个圈)(?:一圈|一周)?", r"背面|背对",
            r"(?:한 ?바퀴|빙글|뱅글|뒤돌|뒤로 ?돌|회전)\S*(?: ?(?:돌|회전)\S*)?",
            r"\b(?:da|dando|dar|hace) (?:\w+ )?(?:una |la )?(?:vuelta|pirueta)s?(?: completa)?\b", r"\bgira sobre si mism[ao]\b", r"\bse da la vuelta\b", r"\bde espaldas\b",
            r"\bdreht sich (?:\w+ )?(?:um|im kreis|einmal|herum|um sich selbst|ganz)\b(?: (?:herum|um|die eigene achse|im kreis))*", r"\bpirouette\b|\bvon hinten\b",
        ),
    ),
    (
        "look", "",
        (
            r"\b(?:looks?|looking|glances?|glancing|gazes?|gazing)\b(?: (?:aside|away|sideways|around|over (?:her|his|their|the) (?:\w+ )?shoulder))?",
            r"\b(?:turns?|turning|tilts?) (?:her |his |their |the )?(?:head|face|gaze|eyes)\b", r"\b(?:nods?|nodding)\b",
            r"(?:看|望|瞥|凝视|注视)(?=\S{0,3}(?:向|往|[左右上下旁侧]))(?:向|着|往)?|(?:向|往|朝)(?=[左右上下旁侧]\S{0,2}(?:看|望|瞥))|侧头|转头|扭头|回头|回眸|点头|歪头|看(?:向|着|镜头)?",
            r"(?:고개|머리|시선|얼굴)(?:를|을)? ?(?=(?:\S+ )?(?:돌|옆|왼|오른|숙|들|끄덕|기울))\S*|(?:쳐다|바라|둘러|옆을 ?)보\S*|보고|끄덕\S*",
            r"\b(?:mira|mirando|voltea la cabeza|gira la cabeza|vuelve la cabeza|asiente)\b(?: a un lado| de lado)?",
            r"\b(?:blickt|schaut|sieht|guckt|nickt)\b(?: zur seite)?|\bdreht (?:\w+ )?(?:den|ihren|seinen) kopf\b|\bneigt (?:den|ihren|seinen) kopf\b",
        ),
    ),
    (
        "turn", "",
        (
            r"\b(?:turns?|turning|rotates?|rotating|pivots?|twists?|faces?)\b", r"转(?:向|过|动)?(?:身)?|轉(?:向|身)?|侧身|侧过身",
            r"(?:몸(?:을)? ?)?(?:돌(?!아다)|틀|회전)\S*", r"\b(?:gira|girando|se gira|se vuelve|voltea|se voltea|rota)\b",
            r"\b(?:dreht|drehen|wendet)\b(?: sich)?|\bdrehung\b",
        ),
    ),
    (
        "wave", "",
        (r"\b(?:waves?|waving)\b(?: (?:(?:her|his|their|a|the|one) )?(?:\w+ )?(?:hands?|arms?)| hello| goodbye| at the camera| to the camera)?",
         r"\bsays? (?:hello|hi|goodbye)\b|\bgreets?\b", r"(?:挥|摆|招|揮)(?:\S{0,2})手|打招呼|挥动\S{0,2}手臂?", r"손(?:을)? ?(?:\S+ )?흔\S*|인사\S*",
         r"\b(?:saluda|saludando|agita (?:la|una) mano|dice (?:hola|adios))\b(?: con la mano)?", r"\b(?:winkt|winken|grusst)\b(?: mit der \w+)?"),
    ),
    (
        "hips", "",
        (r"\b(?:puts? |places? |with |resting |rests? )?(?:(?:one|a|her|his|their|both|the) )?(?:\w+ )?hands? on (?:(?:her|his|their|the) )?(?:hips?|waist)\b", r"\bakimbo\b",
         r"(?:双手|手|单手)?(?:叉腰|插腰)|手(?:放在|扶)\S{0,2}(?:腰|胯)\S{0,1}", r"(?:손|양손|두 ?손)(?:을|를)? ?(?:허리|골반)\S*(?: ?(?:올|얹|대|짚)\S*)?|허리에 ?손\S*",
         r"\b(?:pone |con |coloca )?(?:las |la |una |sus )?manos? en (?:las? |su )?(?:caderas?|cintura)\b|\ben jarras\b",
         r"\b(?:\w+ )?(?:hand|hande) (?:in|auf|an) (?:die |den |der )?(?:hufte|huften|taille)\b|\bstemmt\b"),
    ),
    (
        "raise", "",
        (r"\b(?:raises?|raising|lifts?|lifting|holds? up|puts? up|puts?|throws?) (?:(?:her|his|their|a|an|one|the|both) )?(?:\w+ )?(?:hands?|arms?)\b(?: up)?",
         r"\b(?:hands?|arms?) (?:go |goes )?up\b", r"(?:举|抬|伸|舉)(?:起|出)?(?:\S{0,3})(?:手臂|胳膊|手)|举手|抬手", r"(?:손|팔)(?:을)? ?(?:\S+ )?(?:들|올)\S*",
         r"\b(?:levanta|alza|sube|eleva|levantando) (?:la |el |una |un |los |las )?(?:manos?|brazos?)\b",
         r"\bhebt (?:(?:die|den|eine|einen|ihre|ihren|seine|seinen|beide) )?(?:\w+ )?(?:hand|hande|arm|arme)\b(?: hoch)?"),
    ),
    (
        "dance", "",
        (r"\b(?:danc(?:e|es|ing)|grooves?|grooving|boogies?)\b", r"跳舞|舞蹈|舞动", r"춤\S*(?: ?춰\S*)?|댄스\S*", r"\b(?:baila|bailando|danza)\b", r"\b(?:tanzt|tanzen|tanzend)\b"),
    ),
    (
        "weight", "",
        (r"\b(?:shift(?:s|ing)?|transfers?|moves?) (?:(?:her|his|their|the) )?(?:body )?weight\b(?: from (?:one )?(?:foot|leg|side) to (?:the )?(?:other|another))?", r"\bcontrapposto\b",
         r"(?:转移|移动|变换|轉移)?重心(?:转移|移动|变换)?", r"(?:체중|무게 ?중심|무게)(?:을|를)? ?(?:옮|이동|싣)\S*",
         r"\b(?:cambia|desplaza|traslada|pasa) (?:el |su )?peso\b", r"\bverlagert (?:(?:das|ihr|sein) )?gewicht\b|\bgewichtsverlagerung\b"),
    ),
    (
        "wind", "",
        (
            r"\b(?:in the |a |with |the |light |gentle |soft )*(?:breeze|breezy|wind|windy|gust)\b(?: (?:blows?|blowing|moves?|plays? with)(?: (?:the|her|his|their|through) ?(?:\w+)?)?)?",
            r"\b(?:(?:her|his|the|their) )?(?:\w+ )?(?:flutter(?:s|ing)?|billow(?:s|ing)?|flow(?:s|ing)|ripples?|rippling|swish(?:es|ing)?)\b(?: (?:lightly|gently|softly))?",
            r"\b(?:hair|dress|skirt|hem|fabric|cloth) (?:\w+ )?(?:blow(?:s|ing)|moves?|moving|swings?|swinging|sways?|swaying|waves?|waving)\b(?: in the (?:wind|breeze))?",
            r"(?:微|清|轻|大|海)?风(?:\S{0,2}吹\S{0,4})?|飘(?:动|扬|逸|舞|起来)?|飄動?|(?:裙摆?|裙子|头发|衣摆|衣角)(?:\S{0,3})(?:摆动|摇曳|舞动)",
            r"(?:산들)?바람\S*(?: ?(?:불|날리)\S*)?|(?:펄럭|휘날|나부|살랑|찰랑)\S*|날리\S*",
            r"\b(?:con |la |una |el |un )*(?:brisa|viento)\b|\b(?:ondea|ondeando|ondula|vuela|revolotea|flota)\b",
            r"\b(?:im |eine |leichte[rn]? |der )*(?:wind|brise|luftzug)\b|\b(?:flattert|weht|wehen|wallt|wogt|flattern)\b",
        ),
    ),
    (
        "breathe", "",
        (r"\b(?:breath(?:e|es|ing)?|breathes? (?:in|out)|inhales?|exhales?|sighs?)\b", r"呼吸|吸气|呼气|深呼吸", r"숨\S*(?: ?쉬\S*)?|호흡\S*",
         r"\b(?:respira|respirando|inhala|exhala|suspira)\b", r"\b(?:atmet|atmen|atmend|seufzt)\b(?: (?:ein|aus|durch))?"),
    ),
    (
        "sway", "",
        (r"\b(?:sway(?:s|ing)?|swing(?:s|ing)?|rock(?:s|ing)?|moves?|moving|wiggles?|idles?)\b(?: (?:from )?side to side)?|\bside to side\b",
         r"摇摆|摇晃|摆动|晃动|搖擺|轻晃|扭动", r"(?:흔들|살랑|까딱|몸을 ?움직)\S*", r"\b(?:se balancea|balanceandose|se mece|se mueve|se contonea)\b(?: de lado a lado)?",
         r"\b(?:schwankt|wiegt(?: sich)?|schaukelt|pendelt|schwingt|bewegt sich)\b(?: hin und her)?"),
    ),
)  # fmt: skip

SIDES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "view_left",
        (
            r"\b(?:viewer'?s|our|picture|image|screen|camera|frame)[- ](?:left|left side)\b|\bleft (?:of|side of) (?:the )?(?:picture|image|screen|frame)\b",
            r"(?:画面|观众|屏幕|畫面)(?:的)?左(?:边|侧|方|邊)?", r"(?:화면|보는 ?사람)(?:의)? ?(?:왼쪽|좌측)(?:으로)?",
            r"\bizquierda (?:de la (?:imagen|pantalla)|del espectador)\b", r"\b(?:bildlinks|linke bildseite|vom betrachter (?:aus )?links)\b|\blinks im bild\b",
        ),
    ),
    (
        "view_right",
        (
            r"\b(?:viewer'?s|our|picture|image|screen|camera|frame)[- ](?:right|right side)\b|\bright (?:of|side of) (?:the )?(?:picture|image|screen|frame)\b",
            r"(?:画面|观众|屏幕|畫面)(?:的)?右(?:边|侧|方|邊)?", r"(?:화면|보는 ?사람)(?:의)? ?(?:오른쪽|우측)(?:으로)?",
            r"\bderecha (?:de la (?:imagen|pantalla)|del espectador)\b", r"\b(?:bildrechts|rechte bildseite|vom betrachter (?:aus )?rechts)\b|\brechts im bild\b",
        ),
    ),
    ("both", (r"\bboth\b|\b(?:hands|arms) (?=up)", r"双|两(?:只|个)?", r"양(?:쪽|손|팔)|두 ?(?:손|팔)", r"\bambos?\b|\bambas\b|\blos brazos\b|\blas manos\b", r"\bbeide\b|\barme\b|\bhande\b")),
    ("left", (r"\bleft(?:wards?)?\b", r"左(?:边|侧|方|面|邊)?", r"왼(?:쪽|편|손|팔)?(?:으로)?|좌(?:측|로)", r"\bizquierd[ao]\b", r"\blinks\b|\blinke[nrsm]?\b")),
    ("right", (r"\bright(?:wards?)?\b", r"右(?:边|侧|方|面|邊)?", r"오른(?:쪽|편|손|팔)?(?:으로)?|우(?:측|로)", r"\bderech[ao]\b", r"\brechts\b|\brechte[nrsm]?\b")),
    ("up", (r"\b(?:up|upwards?)\b", r"上(?:方|面)?", r"위(?:로|를|쪽)?", r"\b(?:arriba|sube)\b", r"\b(?:hoch|nach oben|oben|hinauf|hebt)\b")),
    ("down", (r"\b(?:down|downwards?|lowers|sinks)\b", r"下(?:方|面)?", r"아래(?:로|를|쪽)?", r"\b(?:abajo|baja)\b", r"\b(?:runter|nach unten|unten|hinunter|senkt)\b")),
)  # fmt: skip

# Factor on the speed, factor on the strength.
MANNERS: tuple[tuple[float, float, tuple[str, ...]], ...] = (
    (
        0.6, 1.0,
        (r"\bvery slowly\b|\bslow motion\b", r"非常?慢|很慢", r"아주 ?(?:천천히|느리게)", r"\bmuy (?:despacio|lento|lentamente)\b", r"\bsehr langsam\b|\bzeitlupe\b"),
    ),
    (0.75, 1.0, (r"\b(?:slow(?:ly)?|leisurely|calmly|unhurried)\b", r"(?:慢慢|缓慢|缓缓|徐徐|慢)(?:地|的)?", r"천천히|느리게|느릿\S*|서서히", r"\b(?:despacio|lento|lenta|lentamente|poco a poco)\b", r"\b(?:langsame?[rn]?|gemachlich|allmahlich)\b")),
    (1.5, 1.0, (r"\b(?:quick(?:ly)?|fast|rapid(?:ly)?|swift(?:ly)?|brisk(?:ly)?|suddenly)\b", r"(?:快速|迅速|飞快|快快|快)(?:地)?", r"(?:빠르게|빨리|재빨리|급히)", r"\b(?:rapid[ao]|rapidamente|deprisa|velozmente)\b", r"\b(?:schnell(?:e[rn]?)?|rasch|flott|zugig)\b")),
    (1.0, 0.55, (r"\b(?:a (?:little|bit)|a tiny bit|a touch|slight(?:ly)?|subtl[ey]|barely|somewhat|small|a few degrees)\b", r"(?:稍微|略微|微微|轻微|一点点?|稍稍|稍)(?:地)?", r"(?:조금|약간|살짝|살며시)", r"\b(?:un poco|un poquito|ligeramente|apenas|levemente|sutil(?:mente)?)\b", r"\b(?:ein wenig|ein bisschen|etwas|leicht(?:e[rn]?)?|minimal|kaum)\b")),
    (0.85, 0.75, (r"\b(?:gent(?:ly|le)|soft(?:ly)?|smooth(?:ly)?|tenderly|light(?:ly)?|delicately|casually)\b", r"(?:轻轻|柔和|温柔|缓和|轻柔)(?:地)?", r"(?:부드럽게|가볍게|은은하게)", r"\b(?:suave(?:mente)?|delicadamente|con suavidad)\b", r"\b(?:sanft(?:e[rn]?)?|behutsam|weich)\b")),
    (1.0, 1.4, (r"\b(?:strong(?:ly)?|a lot|very|wide(?:ly)?|far|big|dramatic(?:ally)?|energetic(?:ally)?|vigorous(?:ly)?|fully|completely|deeply|wildly)\b", r"(?:大幅|用力|强烈|剧烈|非常|很|完全|大力)(?:地)?", r"(?:크게|많이|강하게|힘차게|활짝|매우)", r"\b(?:mucho|muy|fuerte(?:mente)?|ampliamente|con energia|completamente)\b", r"\b(?:stark|sehr|weit|kraftig|energisch|heftig|viel|schwungvoll)\b")),
)  # fmt: skip

# Between two steps: what follows happens afterwards.
THEN = (
    r"(?:[,;] ?)?\b(?:and )?(?:then|after that|afterwards?|after which|next|finally|later|followed by|before)\b",
    r"[，,]?(?:然后|接着|之后|随后|再|最后|然後|接著|之後|隨後|最後)",
    r"(?:고 ?나서|(?:한|은|ㄴ) ?(?:다음|뒤|후)(?:에)?|그리고 나서|그런 다음|그 ?다음에?|이어서|그러고)",
    r"(?:[,;] ?)?\b(?:y )?(?:luego|despues|entonces|a continuacion|por ultimo|finalmente)\b",
    r"(?:[,;] ?)?\b(?:und )?(?:dann|danach|anschliessend|daraufhin|schliesslich|zuletzt)\b",
    r"[;；→]|->",
)

# Between two parts of one step: what follows happens at the same time.
AND = (
    r"[,，、。.!！?？&+]", r"\b(?:and|while|as|with|whilst|meanwhile)\b", r"(?:并且?|同时|一边|和|而且|以及|並|同時)", r"(?:그리고|동시에|하면서|면서|하며)",
    r"\b(?:y|mientras|con|a la vez)\b", r"\b(?:und|wahrend|dabei|gleichzeitig|mit)\b",
)  # fmt: skip
